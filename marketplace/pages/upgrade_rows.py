"""Parameters before and after an upgrade, and what was done to each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.migration_rules import Done, Note
from maestro.kernel.errors import Problem
from marketplace.services.prepare_upgrade import PreparedUpgrade

_DONE = {
    Done.RENAMED: ("done", gettext_lazy("Renamed")),
    Done.SET: ("done", gettext_lazy("Converted")),
    Done.FILLED: ("done", gettext_lazy("Filled in by a rule")),
    Done.REMOVED: ("skipped", gettext_lazy("Removed by a rule")),
    Done.LEFT_OUT: ("skipped", gettext_lazy("Not asked for any more")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, a secret or an endpoint before and after an upgrade.

    `before` and `after` are None where nothing is given, as for a value that is null. `state` is of
    the mark in front of `how`.
    """

    name: str
    was_called: str
    before: Any
    after: Any
    state: str
    how: str


def parameter_rows(found: PreparedUpgrade) -> list[Row]:
    """Each parameter before and after, and what was done to it; then what is gone."""
    plan, before = found.plan, found.instance.parameters
    notes = [note for note in plan.migrated.notes if note.part == "parameters"]
    came = {note.to: note.name for note in notes if note.done is Done.RENAMED}
    did = {note.to or note.name: note for note in notes}
    wrong = {one.path: one for one in (*found.checked.problems, *plan.migrated.problems)}
    schema = found.after.document.parameters
    required = set(schema.get("required", ()))
    given = found.checked.wanted.parameters
    names = [*schema.get("properties", {}), *plan.migrated.parameters, *given]
    rows = []
    for name in dict.fromkeys(names):
        old = came.get(name, name)
        after, has_after = _after(name, schema, given)
        by_rules = _after(name, schema, plan.migrated.parameters)
        state, how = _how(
            wrong.get(f"/parameters/{name}"),
            did.get(name),
            given=name in given,
            by_hand=has_after and by_rules != (after, True),
            has_after=has_after,
            required=name in required,
            asked=name in found.checked.wanted.asked,
        )
        was = old if old in before else ""
        rows.append(
            Row(
                name=name,
                was_called=was if was != name else "",
                before=before.get(old),
                after=after,
                state=state,
                how=how,
            )
        )
    gone = (note for note in notes if note.done in (Done.REMOVED, Done.LEFT_OUT))
    return [*rows, *_gone(gone)]


def _after(name: str, schema: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Any, bool]:
    if name in values:
        return values[name], True
    asked = schema.get("properties", {}).get(name)
    if isinstance(asked, Mapping) and "default" in asked:
        return asked["default"], True
    return None, False


def _how(
    wrong: Problem | None,
    note: Note | None,
    *,
    given: bool,
    by_hand: bool,
    has_after: bool,
    required: bool,
    asked: bool,
) -> tuple[str, str]:
    failed = wrong is not None and wrong.code in ("migration_failed", "migration_conflict")
    if wrong is not None and failed and not by_hand:
        return "pending", _("A rule failed: %(why)s") % {"why": wrong.message}
    if wrong is not None and given and not failed:
        return "pending", _("Needs another value")
    if not has_after and asked:
        return "queued", _("Asked at each run")
    if not has_after:
        return ("pending", _("Needs a value")) if required else ("done", _("Left open"))
    if by_hand:
        return "done", _("Given by you")
    if note is not None and given:
        state, word = _DONE[note.done]
        return state, str(word)
    return ("done", _("Carried over")) if given else ("done", _("Default"))


def _gone(notes: Iterable[Note]) -> Iterator[Row]:
    for note in notes:
        state, word = _DONE[note.done]
        yield Row(note.name, "", note.before, None, state, str(word))
