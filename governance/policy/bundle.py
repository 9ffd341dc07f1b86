"""The policies as one thing with a revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POLICIES = Path(__file__).resolve().parent.parent / "policies"
TESTS = "_test.rego"


class BrokenBundle(Exception):
    """The policies can't be put in force; says why. Whoever asks is refused until they can."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Rego modules by file name, the data they read, and what names this state of them.

    `revision` is `r-` and the first 8 hexadecimal digits of `digest`, the SHA-256 over names and
    bytes of the files.
    """

    modules: Mapping[str, str]
    data: Mapping[str, Any]
    digest: str

    @property
    def revision(self) -> str:
        """The short name of this state."""
        return f"r-{self.digest[:8]}"


def load_bundle(folder: Path = POLICIES) -> Bundle:
    """The policies in `folder`: its `*.rego` but not the tests, and its `data.json`.

    Raises `BrokenBundle` when there are none, or when they can't be read.
    """
    try:
        files = {path.name: path.read_bytes() for path in sorted(_files(folder))}
        modules = {name: raw.decode() for name, raw in files.items() if name.endswith(".rego")}
        data = json.loads(files.get("data.json", b"{}"))
    except (OSError, ValueError) as problem:
        raise BrokenBundle(f"{folder.name} can't be read: {problem}") from problem
    if not modules or not isinstance(data, dict):
        raise BrokenBundle(f"{folder.name} holds no policies")
    # The length before each part keeps what moves between a name and its bytes from looking alike.
    digest = hashlib.sha256()
    for name, raw in files.items():
        for part in (name.encode(), raw):
            digest.update(len(part).to_bytes(8, "big") + part)
    return Bundle(modules=modules, data=data, digest=digest.hexdigest())


def _files(folder: Path) -> list[Path]:
    rego = [path for path in folder.glob("*.rego") if not path.name.endswith(TESTS)]
    return rego + list(folder.glob("data.json"))
