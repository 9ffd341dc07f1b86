from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.capabilities import Capabilities, capabilities
from catalog.diff import VersionDiff, compare, smallest
from catalog.document import Document
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.services.read_workflows import read_workflow
from connectors.registry import registry
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


@dataclass(frozen=True, slots=True)
class Judged:
    """What the later of two documents changes for those who use the earlier one.

    `smallest` is the lowest number that would do after that of the earlier; `reach` is what the
    later reaches, `reached` what the earlier did.
    """

    diff: VersionDiff
    smallest: str
    reach: Capabilities
    reached: Capabilities


def judge(before: Document, after: Document) -> Judged:
    """The judgement on two frozen documents, by the tasks that are installed now."""
    manifests = registry().manifests()
    diff = compare(before, after, manifests)
    return Judged(
        diff,
        smallest(before.version, diff),
        capabilities(after, manifests),
        capabilities(before, manifests),
    )
