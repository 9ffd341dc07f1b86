"""Processes that decide all the time, and when each of them went by which policies."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import time
from typing import Any

from django.db import connections

from governance.policy.bundle import load_bundle
from tests.embedded.waiting import until
from tests.faults.processes import Part, celery_environment

PROCESSES, THREADS = 3, 2


@contextmanager
def processes_that_decide(home: Path, *, logs: Path) -> Iterator[list[Part]]:
    """Started, each by the shipped policies. `home` has the key that policies are signed with."""
    database = str(connections["default"].settings_dict["NAME"])
    environ = celery_environment(home, database, "memory://")
    command = [sys.executable, "-m", "tests.governance.policy.deciding", str(THREADS)]
    shipped = load_bundle().revision
    with ExitStack() as parts:
        started = []
        for _ in range(PROCESSES):
            part = Part("deciding", command, folder=logs, environ=environ)
            parts.callback(part.kill)
            started.append(part)
        for part in started:
            part.until(lambda part=part: bool(_reached([part], shipped, 0)), "a decision")  # type: ignore[misc]
        yield started


def followed(parts: Sequence[Part], revision: str) -> float:
    """Wait until each goes by `revision`, which was put in force just now. In seconds, how long the
    last one took."""
    committed = time()
    until(
        lambda: len(_reached(parts, revision, committed)) == len(parts),
        within=20,
        of=f"{revision} in every process",
    )
    return max(_reached(parts, revision, committed))


def lines(part: Part) -> list[dict[str, Any]]:
    """What it said until now."""
    whole = part.log.read_text(errors="replace").rpartition("\n")[0]
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


def _reached(parts: Sequence[Part], revision: str, since: float) -> list[float]:
    at = []
    for part in parts:
        after = (one for one in lines(part) if one["at"] > since and one["revision"] == revision)
        found = next(after, None)
        if found:
            at.append(found["at"] - since)
    return at
