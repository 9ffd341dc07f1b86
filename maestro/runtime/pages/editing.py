"""The values after a button of the form that changes a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final

from maestro.kernel.pages.shapes import Kind, Shape
from maestro.runtime.pages.fields import Raw, path_of, split
from maestro.runtime.pages.questions import has_rows, settled_for
from maestro.runtime.pages.reading import ABSENT, PLACE, Posted, Reader, empty_list, root_shape

EDITS: Final = ("add", "drop", "up", "down", "change")


def edit(schema: Any, posted: Posted, *, zone: tzinfo = UTC) -> dict[str, Any]:
    """The values after one of the buttons that change a list, in `EDITS`.

    `add` is given the list's name; `drop`, `up` and `down` its name, `/` and an index. An added row
    is blank until it is filled. A button that names no list or no row changes nothing. Neither does
    `change`, after which `describe` asks what belongs to the chosen case.
    """
    shape = root_shape(schema)
    values = Reader(posted, zone=zone, keep_blanks=True).root(shape)
    for name in posted.get("add", ())[:1]:
        found = _find(shape, values, split(path_of(name)))
        if found is not None:
            found.rows.append({} if has_rows(found.shape) else Raw(""))
    for button in ("drop", "up", "down"):
        for name in posted.get(button, ())[:1]:
            *path, place = split(path_of(name)) or [""]
            found = _find(shape, values, path)
            if found is not None and PLACE.fullmatch(place) and int(place) < len(found.rows):
                found.change(button, int(place))
    _leave_out_empty(shape, values)
    return values


def _leave_out_empty(shape: Shape, values: dict[str, Any]) -> None:
    """Removes the groups that may be left out and have nothing in them."""
    for member in settled_for(shape, values).members:
        inner = values.get(member.name)
        if has_rows(member.shape) and member.shape.item and isinstance(inner, list):
            for row in inner:
                if isinstance(row, dict):
                    _leave_out_empty(member.shape.item, row)
        if member.shape.kind is Kind.GROUP and isinstance(inner, dict):
            _leave_out_empty(member.shape, inner)
            if not inner and not member.required:
                del values[member.name]


@dataclass(frozen=True, slots=True)
class _Found:
    """A list among the values: its rows, what holds it by which name, and what no rows mean."""

    shape: Shape
    rows: list[Any]
    inside: dict[str, Any]
    name: str
    empty: Any

    def change(self, button: str, place: int) -> None:
        if button == "drop":
            del self.rows[place]
            if not self.rows and self.empty is ABSENT:
                del self.inside[self.name]
            return
        other = place + (1 if button == "down" else -1)
        if 0 <= other < len(self.rows):
            self.rows[place], self.rows[other] = self.rows[other], self.rows[place]


def _find(shape: Shape, values: dict[str, Any], path: list[str]) -> _Found | None:
    """The list at `path`, made when it is not there yet."""
    loose = False
    while path:
        name, *path = path
        members = settled_for(shape, values).members
        member = next((each for each in members if each.name == name), None)
        if member is None:
            return None
        if member.shape.kind is Kind.LIST:
            rows: Any = values.setdefault(name, [])
            if not isinstance(rows, list):
                return None
            if not path:
                empty = empty_list(member.shape, required=member.required, loose=loose)
                return _Found(member.shape, rows, values, name, empty)
            place, *path = path
            inner = rows[int(place)] if PLACE.fullmatch(place) and int(place) < len(rows) else None
            loose = False
        else:
            inner = values.setdefault(name, {}) if path else None
            loose = loose or not member.required
        if not isinstance(inner, dict):
            return None
        shape = member.shape.item or member.shape
        values = inner
    return None
