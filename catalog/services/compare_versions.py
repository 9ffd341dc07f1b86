from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.services.read_workflows import read_workflow
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound

OFFERED = 200


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions with what they froze, and the latest ones to choose from, newest first."""

    definition: WorkflowDefinition
    before: WorkflowVersion
    after: WorkflowVersion
    numbers: Sequence[str]


def compare_versions(*, actor: Actor, address: str, before: str = "", after: str = "") -> Compared:
    """Two versions of a workflow: unnamed, the latest and the one below the other.

    Raises `NotFound`, also for a version there is not; `Denied`, `TenantRequired`.
    """
    definition = read_workflow(actor=actor, address=address)
    versions = WorkflowVersion.objects.of(definition)
    rows = list(
        versions.newest_first().values_list("version", flat=True)[: OFFERED + 1],
    )
    after = after or definition.latest_version
    if not before:
        place = rows.index(after) + 1 if after in rows else len(rows)
        before = rows[place] if place < len(rows) else after
    found = {row.version: row for row in versions.filter(version__in=[before, after])}
    for wanted in (before, after):
        if wanted not in found:
            raise NotFound(
                f"{definition.title} has no version {wanted}."
                if wanted
                else f"{definition.title} has no version yet.",
                hint=f"Its latest is {definition.latest_version}." if wanted else "",
            )
    numbers = [*rows[:OFFERED], *(one for one in (before, after) if one not in rows[:OFFERED])]
    return Compared(definition, found[before], found[after], list(dict.fromkeys(numbers)))
