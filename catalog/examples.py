"""The workflows that ship with Maestro: what the demo is loaded with, and an author may begin from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from catalog.source import read_source

FOLDER = Path(settings.BASE_DIR) / "examples" / "workflows"
RELEASES = FOLDER.with_name("releases")  # later versions of them, named <workflow>-<number>
PRACTICE = "http://127.0.0.1:8025"  # what the examples say; the port may be another


@dataclass(frozen=True, slots=True)
class ShippedExample:
    """An example in a list of them."""

    name: str
    title: str
    description: str
    risk: str


@lru_cache(maxsize=1)
def shipped_examples() -> tuple[ShippedExample, ...]:
    """The examples by title; none where the product was installed without them."""
    found = []
    for path in FOLDER.glob("*.yaml"):
        about = read_source(path.read_bytes(), None).value["metadata"]
        description = about.get("description", "")
        found.append(ShippedExample(path.stem, about["title"], description, about["risk"]))
    return tuple(sorted(found, key=lambda each: each.title))


def example_source(name: str) -> str | None:
    """What the example of that name says, at this machine's practice world; None for no such one."""
    if name not in {each.name for each in shipped_examples()}:
        return None
    return _at_practice(FOLDER / f"{name}.yaml")


def release_source(name: str, number: str) -> str | None:
    """What a later version of an example says, likewise; None where there is none."""
    path = RELEASES / f"{name}-{number}.yaml"
    return _at_practice(path) if path in RELEASES.glob("*.yaml") else None


def _at_practice(path: Path) -> str:
    practice = f"http://127.0.0.1:{os.environ.get('PRACTICE_HTTP_PORT', '8025')}"
    return path.read_text().replace(PRACTICE, practice)
