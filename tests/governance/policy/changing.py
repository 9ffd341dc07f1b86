"""Other policies than the shipped ones."""

from __future__ import annotations

import shutil
from pathlib import Path

from governance.policy.bundle import POLICIES


def shipped_with(folder: Path, name: str = "policies", **more: str) -> Path:
    """A copy of the shipped policies, with text added to some of its files: `purposes="…"`."""
    copy = folder / name
    shutil.copytree(POLICIES, copy)
    for file, text in more.items():
        path = copy / f"{file}.rego"
        path.write_text((path.read_text() if path.exists() else "") + text)
    return copy
