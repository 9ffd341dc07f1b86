from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from catalog.control_tasks import APPROVAL
from catalog.models import WorkflowVersion
from catalog.services.read_document import document_at
from governance.actions import APPROVAL_DECIDE, DECISION_READ, approval_resource, governed_resource
from governance.models import ApprovalRequest, Decision, EvidenceBundle, Receipt
from governance.purposes import OWN_WORK
from governance.resource import Resource
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, Reason
from maestro.runtime.models import Execution, ExecutionEvent, Grant, StepRun
from maestro.runtime.plan import Plan, plan_of
from maestro.runtime.policies import CANCEL, RERUN, execution_resource
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.states import StepStatus

DETAILED = 30  # steps whose inputs, outputs and logs are read at once
ITEMS_SHOWN = 100  # troubled items over all steps
EVENTS_READ = 2000


IN_REVIEW = Reason("decided_in_review", "Its reviewers decide this, in the submission's review.")


@dataclass(frozen=True, slots=True)
class Pulse:
    """All that tells whether a page still shows what is so."""

    revision: int
    status: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval that a step asked for, and why the one who looks may not decide it (None: may)."""

    request: ApprovalRequest
    step: StepRun
    refusal: Reason | None


@dataclass(frozen=True, slots=True)
class Followed:
    """An execution as it is now. `plan` is None when its version is no longer seen from here.

    `rows` are steps by id, without input, output and log but for those in `detailed`. `events` are
    of the steps that were tried more than once or that waited, and of those in `detailed`.
    """

    execution: Execution
    plan: Plan | None
    rows: Mapping[str, StepRun]
    detailed: frozenset[str]
    events: Mapping[str, Sequence[ExecutionEvent]]
    item_counts: Mapping[str, Mapping[str, int]]
    items: Mapping[str, Sequence[StepRun]]
    asked: Sequence[Asked]
    decisions: Sequence[Decision]
    receipts: Sequence[Receipt]
    evidence: EvidenceBundle | None  # without its content
    may_cancel: Reason | None
    may_rerun: Reason | None
    grant: Grant | None = None  # of the installation that it runs
    names: Sequence[str] = field(default=())  # of all steps, in the order of the document


def read_pulse(*, actor: Actor, execution_id: UUID) -> Pulse:
    """Whether anything is new: one read by primary key. Raises `NotFound`, `Denied`."""
    found = read_executions(actor=actor).pulse(execution_id)
    if found is None:
        raise _not_found()
    return Pulse(*found)


def follow_execution(
    *, actor: Actor, execution_id: UUID, since: int = -1, opened: str = ""
) -> Followed:
    """An execution with its steps and all that is shown about it.

    With `since`, a revision, only what changed after it is read in detail; the step called `opened`
    always is. Raises `NotFound`, `Denied`, `TenantRequired`.
    """
    execution = read_executions(actor=actor).followed(execution_id)
    if execution is None:
        raise _not_found()
    plan = _plan(execution)
    rows = {row.step_id: row for row in execution.steps.wholes().light()}
    names = list(plan.steps) if plan else list(rows)
    detailed = _worth_detail(rows, names, since, opened)
    if detailed:
        whole = execution.steps.wholes().named(detailed)
        rows |= {row.step_id: row for row in whole}
    fans = [name for name, row in rows.items() if row.fan is not None]
    items = _items(execution, fans)
    acting = actor.for_purpose(execution.purpose)
    resource = execution_resource(execution)
    asked = _asked(acting, execution, rows, items)
    return Followed(
        execution=execution,
        plan=plan,
        rows=rows,
        detailed=frozenset(detailed),
        events=_events(execution, rows, detailed),
        item_counts=_item_counts(execution, fans),
        items=items,
        asked=asked,
        decisions=_decisions(actor, execution),
        receipts=_receipts(execution, asked),
        evidence=_evidence(execution),
        may_cancel=_refusal(acting, CANCEL, resource),
        may_rerun=_refusal(acting, RERUN, resource),
        grant=_grant(execution),
        names=names,
    )


def _grant(execution: Execution) -> Grant | None:
    if execution.grant_id is None:
        return None
    rows = Grant.objects.for_tenant(execution.tenant_id).filter(pk=execution.grant_id)
    return rows.only("name", "publisher", "slug", "number", "statement").first()


def _not_found() -> NotFound:
    return NotFound("There is no such execution.", hint="Look for it under Executions.")


def _plan(execution: Execution) -> Plan | None:
    try:
        document = document_at(execution.version_id)
    except WorkflowVersion.DoesNotExist:
        return None
    return plan_of(document, execution.obligations)


def _worth_detail(
    rows: Mapping[str, StepRun], names: Sequence[str], since: int, opened: str
) -> list[str]:
    """The steps to read in full: all of a small execution, of a large one those that matter now."""
    changed = [name for name in names if name in rows and rows[name].revision > since]
    if len(names) > DETAILED:
        order = [StepStatus.FAILED, StepStatus.RUNNING, StepStatus.WAITING]
        changed = [name for status in order for name in changed if rows[name].status == status]
    chosen = changed[:DETAILED]
    return [*chosen, opened] if opened in rows and opened not in chosen else chosen


def _events(
    execution: Execution, rows: Mapping[str, StepRun], detailed: Sequence[str]
) -> dict[str, list[ExecutionEvent]]:
    """What happened to the steps of which a bar from begin to end would not tell the story."""
    wanted = set(detailed)
    wanted |= {
        name for name, row in rows.items() if row.attempt > 1 or row.related_id or row.waiting_for
    }
    found: dict[str, list[ExecutionEvent]] = {}
    if wanted:
        for event in execution.events.of_steps(wanted)[:EVENTS_READ]:
            found.setdefault(event.step_id, []).append(event)
    return found


def _item_counts(execution: Execution, fans: Sequence[str]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {name: {} for name in fans}
    if fans:
        for name, status, count in execution.steps.items().named(fans).counted():
            counts[name][status] = count
    return counts


def _items(execution: Execution, fans: Sequence[str]) -> dict[str, list[StepRun]]:
    found: dict[str, list[StepRun]] = {}
    if fans:
        for item in execution.steps.items().named(fans).troubled().light()[:ITEMS_SHOWN]:
            found.setdefault(item.step_id, []).append(item)
    return found


def _asked(
    actor: Actor,
    execution: Execution,
    rows: Mapping[str, StepRun],
    items: Mapping[str, Sequence[StepRun]],
) -> list[Asked]:
    asking = [*rows.values(), *(item for each in items.values() for item in each)]
    by_request = {
        row.related_id: row for row in asking if row.task == APPROVAL and row.related_id is not None
    }
    if not by_request:
        return []
    requests = ApprovalRequest.objects.for_tenant(execution.tenant_id).with_decisions(by_request)
    return [
        Asked(
            request,
            by_request[request.pk],
            IN_REVIEW
            if request.is_review
            else _refusal(actor, APPROVAL_DECIDE, approval_resource(request)),
        )
        for request in requests
    ]


def _decisions(actor: Actor, execution: Execution) -> list[Decision]:
    """The decisions behind it, for those who may read decisions for some purpose."""
    resource = governed_resource("decision", execution.tenant_id)
    if not preview(
        actor=actor.for_purpose(OWN_WORK), action=DECISION_READ, resource=resource
    ).allow:
        return []
    found = Decision.objects.for_tenant(execution.tenant_id).behind(
        execution.decision_id, "execution", str(execution.pk)
    )
    return list(found.newest_first()[:20])


def _receipts(execution: Execution, asked: Sequence[Asked]) -> list[Receipt]:
    about = {
        "execution": [str(execution.pk)],
        "approval": [str(each.request.pk) for each in asked],
    }
    found = Receipt.objects.for_tenant(execution.tenant_id).of_any(about)
    return list(found.newest_first()[:20])


def _evidence(execution: Execution) -> EvidenceBundle | None:
    if not execution.has_ended:
        return None
    found = EvidenceBundle.objects.for_tenant(execution.tenant_id).of("execution", execution.pk)
    return found.defer("content").first()


def _refusal(actor: Actor, action: str, resource: Resource) -> Reason | None:
    answer = preview(actor=actor, action=action, resource=resource)
    if answer.allow:
        return None
    return answer.deny[0] if answer.deny else Reason("denied", "Policy does not allow this.")
