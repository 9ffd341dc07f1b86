"""What differs between two frozen documents, in words for people. Plain data, no database.

Whether a change breaks a caller is not judged here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.pages.line_diff import Hunk, line_diff
from maestro.kernel.canonical import canonical_bytes

Path = tuple[str, ...]
SHORT = 120  # characters of a value that are shown at once
ORDER = "(order)"

_MISSING: Any = object()
_BY_KEY: dict[Path, str] = {("steps",): "id", ("examples",): "title"}
_NAMED = {
    "secrets": gettext_lazy("Secret"),
    "endpoints": gettext_lazy("Endpoint"),
    "steps": gettext_lazy("Step"),
    "templates": gettext_lazy("Template"),
    "outputs": gettext_lazy("Output"),
    "examples": gettext_lazy("Example"),
}
SECTIONS = {
    "metadata": gettext_lazy("About the workflow"),
    "parameters": gettext_lazy("Parameters"),
    "secrets": gettext_lazy("Secrets"),
    "endpoints": gettext_lazy("Endpoints"),
    "steps": gettext_lazy("Steps"),
    "templates": gettext_lazy("Templates"),
    "outputs": gettext_lazy("Outputs"),
    "examples": gettext_lazy("Examples"),
    "migrations": gettext_lazy("Migrations"),
}

_METADATA = {
    "name": gettext_lazy("Name"),
    "title": gettext_lazy("Title"),
    "version": gettext_lazy("Version"),
    "description": gettext_lazy("Description"),
    "category": gettext_lazy("Category"),
    "risk": gettext_lazy("Risk"),
    "owner_team": gettext_lazy("Owner team"),
    "tags": gettext_lazy("Tags"),
    "changelog": gettext_lazy("Changelog"),
}


class Kind(StrEnum):
    """What happened to a place of the document."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs: its `path` from the root, steps by their id.

    `before` and `after` are text, empty where there was or is nothing. `hunks` are there for texts
    of more than one line, None where they differ in too much to be compared by line.
    """

    kind: Kind
    path: Path
    before: str = ""
    after: str = ""
    hunks: tuple[Hunk, ...] | None = ()

    @property
    def section(self) -> str:
        """The part of the document it is in, a title."""
        found = SECTIONS.get(self.path[0]) if self.path else None
        return str(found or _("The document"))

    @property
    def subject(self) -> tuple[str, str, str]:
        """What it is about: a word, the name it has, and the place inside of it."""
        return _subject(self.path)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every place at which the frozen documents differ; empty exactly where they are the same."""
    return tuple(_compare((), before, after))


def by_section(found: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """The changes under the title of their part, the parts as a document has them."""
    titles = [*map(str, SECTIONS.values()), _("The document")]
    grouped = {title: [one for one in found if one.section == title] for title in titles}
    return [(title, group) for title, group in grouped.items() if group]


def short(text: str) -> str:
    """As much of `text` as is shown at once, with “…” where it was cut."""
    return text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"


def _compare(path: Path, before: Any, after: Any) -> Iterator[Change]:
    if before is _MISSING:
        yield Change(Kind.ADDED, path, after=_text(after))
    elif after is _MISSING:
        yield Change(Kind.REMOVED, path, before=_text(before))
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _compare((*path, key), before.get(key, _MISSING), after.get(key, _MISSING))
    elif canonical_bytes(before) != canonical_bytes(after):
        yield from _changed(path, before, after)


def _changed(path: Path, before: Any, after: Any) -> Iterator[Change]:
    old, new = _keyed(path, before), _keyed(path, after)
    if old is not None and new is not None:
        yield from _compare(path, old, new)
        was = [key for key in old if key in new]
        now = [key for key in new if key in old]
        if was != now:
            yield Change(Kind.CHANGED, (*path, ORDER), ", ".join(was), ", ".join(now))
    elif isinstance(before, str) and isinstance(after, str):
        many = "\n" in before.strip() or "\n" in after.strip()
        hunks = line_diff(before, after) if many else ()
        bare = before.strip() == before and after.strip() == after and before and after
        said = (before, after) if bare or many else (_text(before, True), _text(after, True))
        yield Change(Kind.CHANGED, path, *said, hunks)
    else:
        yield Change(Kind.CHANGED, path, _text(before, True), _text(after, True))


def _keyed(path: Path, value: Any) -> dict[str, Any] | None:
    """The list by what names its parts; None where nothing does, or two have the same name."""
    key = _BY_KEY.get(path)
    if key is None or not isinstance(value, Sequence):
        return None
    named = {str(one[key]): one for one in value}
    return named if len(named) == len(value) else None


def _subject(path: Path) -> tuple[str, str, str]:
    if path[:2] == ("parameters", "properties") and len(path) > 2:
        return _("Parameter"), path[2], ".".join(path[3:])
    if path == ("parameters", "required"):
        return _("Parameters that must be given"), "", ""
    if path[-1:] == (ORDER,):
        return _("Order of the %(part)s") % {"part": path[0]}, "", ""
    if len(path) > 1 and path[0] in _NAMED:
        return str(_NAMED[path[0]]), path[1], ".".join(path[2:])
    if len(path) > 1 and path[0] == "metadata":
        word = path[1].replace("_", " ").capitalize()
        return str(_METADATA.get(path[1], word)), "", ".".join(path[2:])
    if not path:
        return _("The document"), "", ""
    return str(SECTIONS.get(path[0], path[0])), "", ".".join(path[1:])


def _text(value: Any, quoted: bool = False) -> str:
    """A text as it is, anything else as JSON; `quoted` where "1" and 1 must not look the same."""
    if isinstance(value, str) and value.strip() and not quoted:
        return value
    return json.dumps(value, ensure_ascii=False)
