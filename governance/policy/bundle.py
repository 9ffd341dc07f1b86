"""The policies as one thing with a revision."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

POLICIES = Path(__file__).resolve().parent.parent / "policies"
TESTS = "_test.rego"
DATA = "data.json"
CASES = "tests/data.json"


class BrokenBundle(Exception):
    """The policies can't be put in force; says why. Whoever asks is refused until they can."""


@dataclass(frozen=True)
class Bundle:
    """Rego modules by file name, the data they read, and what names this state of them.

    `revision` is `r-` and the first 8 hexadecimal digits of `digest`, the SHA-256 over names and
    bytes of the files. `tests` are what the policies are tried with and are not part of it:
    modules, and in `tests/data.json` the listed cases.
    """

    modules: Mapping[str, str]
    data: Mapping[str, Any]
    digest: str
    tests: Mapping[str, bytes] = field(default_factory=dict)
    raw_data: bytes = b"{}"

    @property
    def revision(self) -> str:
        """The short name of this state."""
        return f"r-{self.digest[:8]}"

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Everything, by path."""
        modules = {name: source.encode() for name, source in self.modules.items()}
        return {**modules, DATA: self.raw_data, **self.tests}


def load_bundle(folder: Path = POLICIES) -> Bundle:
    """The policies in `folder`: its `*.rego` and `data.json`; and their tests, in `tests/`.

    Raises `BrokenBundle` when there are none, or when they can't be read.
    """
    try:
        files = {path.name: path.read_bytes() for path in sorted(_files(folder))}
        tests = {f"tests/{path.name}": path.read_bytes() for path in folder.glob("tests/*.rego")}
        cases = folder / "tests" / "cases.yaml"
        if cases.exists():
            listed = yaml.safe_load(cases.read_bytes())
            tests[CASES] = json.dumps(listed, sort_keys=True, indent=1).encode()
    except (OSError, ValueError, TypeError, yaml.YAMLError) as problem:
        raise BrokenBundle(f"{folder.name} can't be read: {problem}") from problem
    if not files.keys() - {DATA}:
        raise BrokenBundle(f"{folder.name} holds no policies")
    return bundle_of({**files, **tests})


def bundle_of(files: Mapping[str, bytes]) -> Bundle:
    """The bundle of these files, by path. Raises `BrokenBundle`."""
    tests = {name: raw for name, raw in files.items() if name.startswith("tests/")}
    own = {name: files[name] for name in sorted(files.keys() - tests.keys())}
    raw_data = own.get(DATA, b"{}")
    try:
        modules = {name: raw.decode() for name, raw in own.items() if name.endswith(".rego")}
        data = json.loads(raw_data)
    except ValueError as problem:
        raise BrokenBundle(f"they can't be read: {problem}") from problem
    if not modules or not isinstance(data, dict):
        raise BrokenBundle("there are no policies among them")
    # The length before each part keeps what moves between a name and its bytes from looking alike.
    digest = hashlib.sha256()
    for name, raw in own.items():
        for part in (name.encode(), raw):
            digest.update(len(part).to_bytes(8, "big") + part)
    return Bundle(modules, data, digest.hexdigest(), tests, raw_data)


def _files(folder: Path) -> list[Path]:
    rego = [path for path in folder.glob("*.rego") if not path.name.endswith(TESTS)]
    return rego + list(folder.glob(DATA))
