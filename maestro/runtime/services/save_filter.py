from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Problem, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import SavedFilter
from maestro.runtime.pages.filters import FILTERS, kept
from maestro.runtime.policies import VIEW_WRITE, view_resource
from maestro.runtime.services.read_filters import EXECUTIONS

LONGEST_NAME = 80
LONGEST_QUERY = 1000  # characters
MOST = 20  # of one person for one page


def save_filter(
    *, actor: Actor, name: str, filters: Mapping[str, str], opens: bool = False
) -> SavedFilter:
    """Keep filters of the executions list under a name, in place of those that had the name.

    With `opens` the list opens with them from now on; without, a name that it opened with loses
    that. Raises `InvalidInput` with every problem (`/name` is the name's own); `Denied`.
    """
    tenant_id, owner = actor.tenant_id, actor.id
    if tenant_id is None or owner is None:
        raise TenantRequired("Choose a tenant first.")
    name = " ".join(name.replace("\x00", "").split())
    query = kept(filters)
    problems = [*_wrong_name(name), *_wrong_filters(filters, query)]
    if problems:
        raise _refused(problems)
    with tenant_scope(tenant_id):
        decision = authorize(actor=actor, action=VIEW_WRITE, resource=view_resource(tenant_id))
        own = SavedFilter.objects.for_tenant(tenant_id).of_person(owner, EXECUTIONS)
        _leave_room(own.exclude(name=name).count())
        if opens:
            own.filter(opens=True).exclude(name=name).update(opens=False)
        row = _keep(tenant_id, owner, name, query, opens)
        issue_receipt(
            kind=VIEW_WRITE,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="view",
            subject_id=str(row.pk),
            subject_digest=digest({"query": query, "opens": opens}),
            predicate={"name": name, "page": EXECUTIONS, "opens": opens},
            decision=decision,
        )
    return row


def _keep(tenant_id: UUID, owner: UUID, name: str, query: str, opens: bool) -> SavedFilter:
    row, _ = SavedFilter.objects.update_or_create(
        tenant_id=tenant_id,
        owner=owner,
        page=EXECUTIONS,
        name=name,
        defaults={"query": query, "opens": opens, "updated_at": now()},
    )
    return row


def _wrong_name(name: str) -> list[Problem]:
    if not name:
        return [Problem("/name", "Give this view a name to save it under.", "required")]
    if len(name) > LONGEST_NAME:
        return [Problem("/name", f"A name has at most {LONGEST_NAME} characters.", "too_long")]
    return []


def _wrong_filters(filters: Mapping[str, str], query: str) -> list[Problem]:
    unknown = sorted(set(filters) - set(FILTERS))
    if unknown:
        return [Problem("", f"The list has no filter {unknown[0]}.", "unknown_filter")]
    if not query:
        return [Problem("", "There is no filter to save. Filter the list first.", "required")]
    if len(query) > LONGEST_QUERY:
        return [Problem("", "These filters are too long to keep.", "too_long")]
    return []


def _leave_room(others: int) -> None:
    if others >= MOST:
        message = f"{MOST} views are saved already. Delete one, or replace one by its name."
        raise _refused([Problem("/name", message, "too_many")])


def _refused(problems: list[Problem]) -> InvalidInput:
    return InvalidInput("This view can't be saved like this.", problems=problems)
