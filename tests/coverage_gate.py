"""Fails when too little of the code was run by the tests.

    python -m tests.coverage_gate coverage.json

Statements and branches count alike, as in coverage.py's own total.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OVERALL = 80.0  # per cent
FOLDERS = {"maestro/runtime/": 90.0, "governance/": 90.0, "catalog/": 90.0, "marketplace/": 90.0}


def percent(files: Mapping[str, Any], folder: str = "") -> float | None:
    """How much of the files of `folder` was run, or None when there is nothing to run in it."""
    summaries = [file["summary"] for name, file in files.items() if name.startswith(folder)]
    possible = sum(s["num_statements"] + s.get("num_branches", 0) for s in summaries)
    reached = sum(s["covered_lines"] + s.get("covered_branches", 0) for s in summaries)
    return 100.0 * reached / possible if possible else None


def check(report: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The lines of the table, and whether every gate holds."""
    lines, passed = [], True
    for folder, least in {"": OVERALL, **FOLDERS}.items():
        reached = percent(report["files"], folder)
        if reached is None:
            continue
        holds = reached >= least
        passed = passed and holds
        verdict = "ok" if holds else "TOO LITTLE"
        lines.append(f"  {folder or 'everything':<20}{reached:6.1f} % of {least:.0f} %  {verdict}")
    return lines, passed


def main(path: str) -> int:
    """Print the table; 0 when every gate holds."""
    lines, passed = check(json.loads(Path(path).read_text()))
    sys.stdout.write("\n".join(["Coverage", *lines, ""]))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
