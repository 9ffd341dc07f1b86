from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalog.models import WorkflowDefinition
from maestro.kernel.actor import Actor
from maestro.kernel.identity import first_id_at
from maestro.runtime.models import Execution, Grant
from maestro.runtime.querysets import ExecutionQuerySet
from maestro.runtime.services.find_grant import id_or_name
from maestro.runtime.states import ExecutionStatus

LOOKED_AT = 20_000
"""How many executions one page looks through for what no index finds."""
SCATTERED = 4_000
"""How many when they are those of a status or a workflow: each may be in a page of its own."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which executions; what is empty, False or None does not matter. `since` ≤ made < `until`.

    An `installation` is meant by its id, or by the name of one that is in use.
    """

    status: str = ""
    workflow: str = ""
    installation: UUID | str = ""
    mine: bool = False
    person: str = ""
    risk: str = ""
    trigger: str = ""
    purpose: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, newest first. `older` and `newer` are the places from which to go on, if there is more.

    `looked_to` is set when there may be more that was not looked at yet, of which `looked` were.
    """

    rows: Sequence[Execution]
    older: UUID | None
    newer: UUID | None
    looked_to: UUID | None = None
    looked: int = 0


def find_executions(
    *,
    rows: ExecutionQuerySet,
    actor: Actor,
    wanted: Wanted,
    before: UUID | None = None,
    after: UUID | None = None,
    most: int = 25,
) -> Found:
    """A page of `rows` older than `before`, or newer than `after`.

    A workflow, a status other than succeeded and a time are found by index. Who started it, what
    for, how, and at what risk is looked for in at most `LOOKED_AT` executions that match the rest,
    or `SCATTERED`.
    """
    rows = _by_index(rows, wanted, actor)
    upwards = after is not None and before is None
    if upwards and after is not None:
        rows = rows.after(after).order_by("id")
    else:
        rows = rows.newest_first() if before is None else rows.before(before).newest_first()
    edge: UUID | None = None
    looked = SCATTERED if _is_scattered(wanted) else LOOKED_AT
    if _needs_a_look(wanted):
        edge = next(iter(rows.values_list("pk", flat=True)[looked - 1 : looked]), None)
        if edge is not None:
            rows = rows.filter(id__lte=edge) if upwards else rows.filter(id__gte=edge)
        rows = _by_looking(rows, actor, wanted)
    page = list(rows.for_lists()[: most + 1])
    more = len(page) > most
    page = page[:most]
    looked_to = None if more else edge
    if upwards:
        page.reverse()
        newer = page[0].pk if more else looked_to
        return Found(page, _last(page) or after, newer, looked_to, looked)
    newer = (page[0].pk if page else None) if before is not None else None
    return Found(page, _last(page) if more else looked_to, newer, looked_to, looked)


def _by_index(rows: ExecutionQuerySet, wanted: Wanted, actor: Actor) -> ExecutionQuerySet:
    if wanted.status:
        rows = rows.with_status(wanted.status)
    if wanted.workflow:
        publisher, _, slug = wanted.workflow.partition("/")
        known = WorkflowDefinition.objects.filter(publisher=publisher, slug=slug)
        definition = known.values_list("pk", flat=True).first()
        rows = rows.of_workflow(definition) if definition else rows.none()
    if wanted.installation:
        installation = _installation(wanted.installation, actor)
        rows = rows.of_installation(installation) if installation else rows.none()
    if wanted.since is not None:
        rows = rows.filter(id__gte=first_id_at(wanted.since))
    if wanted.until is not None:
        rows = rows.filter(id__lt=first_id_at(wanted.until))
    return rows


def _installation(asked: UUID | str, actor: Actor) -> UUID | None:
    key = id_or_name(asked)
    if isinstance(key, UUID) or actor.tenant_id is None:
        return key if isinstance(key, UUID) else None
    in_force = Grant.objects.for_tenant(actor.tenant_id).in_force().of_installation(key)
    return in_force.values_list("installation_id", flat=True).first()


def _needs_a_look(wanted: Wanted) -> bool:
    said = (wanted.mine, wanted.person, wanted.risk, wanted.trigger, wanted.purpose)
    return any(said) or wanted.status == ExecutionStatus.SUCCEEDED


def _is_scattered(wanted: Wanted) -> bool:
    by_status = wanted.status not in ("", ExecutionStatus.SUCCEEDED)
    return by_status or bool(wanted.workflow or wanted.installation)


def _by_looking(rows: ExecutionQuerySet, actor: Actor, wanted: Wanted) -> ExecutionQuerySet:
    if wanted.mine and actor.id is not None:
        rows = rows.started_by_person(actor.id)
    if wanted.person:
        rows = rows.filter(started_by_name__iexact=wanted.person)
    for name in ("risk", "trigger", "purpose"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    return rows


def _last(page: Sequence[Execution]) -> UUID | None:
    return page[-1].pk if page else None
