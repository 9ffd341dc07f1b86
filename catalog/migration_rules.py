"""How what an installation was given becomes what a newer version asks for. Pure.

A version's document declares it under `migrations`: a list of rules, each for the versions that its
`from` covers, applied in order. A rule renames, then sets, then fills in what is missing, then
removes. What the newer version does not know and no rule speaks of is left out, and said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from catalog.document_model import Document, Migration
from catalog.expressions import ExpressionFailed, Template
from catalog.version_ranges import VersionRange
from maestro.kernel.errors import Problem


class Done(StrEnum):
    """What happened to one thing an installation was given."""

    RENAMED = "renamed"
    SET = "set"
    FILLED = "filled"
    REMOVED = "removed"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that was done: to which `part` (parameters, secrets, endpoints), and its names.

    `before` and `after` are values of parameters, None where there was or is nothing.
    """

    done: Done
    part: str
    name: str
    to: str = ""
    before: Any = None
    after: Any = None


@dataclass(slots=True)
class Migrated:
    """What an installation would be given, what was done to get there, and what could not be.

    With a problem the rest is not to be used. Whether the parameters fit the newer version's schema
    is asked afterwards, of the schema.
    """

    parameters: dict[str, Any]
    secrets: dict[str, str]
    endpoints: dict[str, str]
    notes: list[Note] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def migrate(
    document: Document,
    *,
    version: str,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
) -> Migrated:
    """What was given to `version`, as `document`, a version above or below it, would be given it."""
    now = Migrated(dict(parameters), dict(secrets), dict(endpoints))
    for rule in document.migrations:
        if VersionRange.parse(rule.versions).allows(version):
            _apply(rule, now)
    properties = document.parameters.get("properties", {})
    # A schema that is composed may know names that do not stand in `properties`.
    if document.parameters.get("additionalProperties") is False:
        _leave_out(now, "parameters", now.parameters, properties)
    _leave_out(now, "secrets", now.secrets, document.secrets)
    _leave_out(now, "endpoints", now.endpoints, document.endpoints)
    return now


def _apply(rule: Migration, now: Migrated) -> None:
    for part, names in (
        ("parameters", rule.rename),
        ("secrets", rule.secrets),
        ("endpoints", rule.endpoints),
    ):
        _rename(now, part, getattr(now, part), names)
    before = dict(now.parameters)
    for name, value in _computed(rule.set, before, now, "set"):
        if name not in before or before[name] != value:
            now.notes.append(Note(Done.SET, "parameters", name, "", before.get(name), value))
        now.parameters[name] = value
    missing = {name: rule.default[name] for name in rule.default if name not in now.parameters}
    for name, value in _computed(missing, dict(now.parameters), now, "default"):
        now.notes.append(Note(Done.FILLED, "parameters", name, "", None, value))
        now.parameters[name] = value
    for name in rule.remove:
        if name in now.parameters:
            gone = now.parameters.pop(name)
            now.notes.append(Note(Done.REMOVED, "parameters", name, "", gone))


def _rename(now: Migrated, part: str, values: dict[str, Any], names: Mapping[str, str]) -> None:
    """All at once, so that two names may change places."""
    moved = {old: values[old] for old in names if old in values}
    rest = {name: value for name, value in values.items() if name not in moved}
    for old, value in moved.items():
        new = names[old]
        if new in rest:
            now.problems.append(
                Problem(
                    f"/{part}/{new}",
                    f"{old} would become {new}, which is there already.",
                    "migration_conflict",
                    "Change or clear one of them before the upgrade.",
                )
            )
            continue
        rest[new] = value
        now.notes.append(Note(Done.RENAMED, part, old, new))
    values.clear()
    values.update(rest)


def _computed(
    rules: Mapping[str, Any], seen: Mapping[str, Any], now: Migrated, what: str
) -> Iterator[tuple[str, Any]]:
    for name, value in rules.items():
        try:
            yield name, Template.parse(value).evaluate({"params": seen})
        except ExpressionFailed as problem:
            now.problems.append(
                Problem(
                    f"/parameters/{name}",
                    f"The rule that would {what} {name} has no value here: {problem.message}",
                    "migration_failed",
                    "Give the value yourself, or ask the publisher to mend the rule.",
                )
            )


def _leave_out(now: Migrated, part: str, values: dict[str, Any], known: Mapping[str, Any]) -> None:
    for name in [name for name in values if name not in known]:
        gone = values.pop(name)
        before = gone if part == "parameters" else None
        now.notes.append(Note(Done.LEFT_OUT, part, name, "", before))
