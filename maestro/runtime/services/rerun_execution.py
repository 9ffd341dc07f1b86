from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from django.db import IntegrityError, transaction

from catalog.control_tasks import APPROVAL
from catalog.document_model import Step
from governance.models import ApprovalDecision, Decision
from governance.services.authorize import authorize, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, Denied, IllegalTransition, NotFound, Problem
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.granted import Granted
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.plan import Plan, plan_of
from maestro.runtime.policies import (
    READ,
    RERUN,
    execution_resource,
    named_execution,
    rerun_context,
    rerun_resource,
)
from maestro.runtime.services.cancel_execution import find_execution
from maestro.runtime.services.find_grant import as_state, find_grant
from maestro.runtime.services.find_version import document_of
from maestro.runtime.services.run_inputs import InputsInvalid, resolve_inputs
from maestro.runtime.services.start_execution import digest_of_request, started_under
from maestro.runtime.services.within_grant import hold_to

_KEEP: LiteralString = """
INSERT INTO runtime_steprun (id, tenant_id, created_at, execution_id, revision, step_id,
    item_index, task, status, attempt, fence, takeovers, worker, waiting_for, input, output, output_digest,
    output_size, output_file, error, log, fan, related_id, started_at, finished_at)
SELECT gen_random_uuid(), tenant_id, %(now)s, %(new)s, 0, step_id, item_index, task, status,
    attempt, fence, takeovers, worker, '', input, output, output_digest, output_size, output_file, error,
    log, fan, related_id, started_at, finished_at
FROM runtime_steprun WHERE tenant_id = %(tenant)s AND execution_id = %(old)s
    AND step_id = ANY(%(kept)s)
"""


class ApprovalKept(Conflict):
    """What people approved can't be kept for what is to be done now."""

    code = "approval_kept"


class NothingToRerun(Conflict):
    """There is nothing after what succeeded."""

    code = "nothing_to_rerun"


def rerun_execution(
    *,
    actor: Actor,
    tenant_id: UUID,
    execution_id: UUID,
    from_step: str = "",
    everything: bool = False,
    parameters: Mapping[str, Any] | None = None,
    confirmed: bool = False,
    idempotency_key: str | None = None,
) -> Execution:
    """Run an ended execution's version again, as a new execution.

    By default what succeeded is kept and only the rest is done; with `from_step` that step and all
    that follows it is done again; with `everything` all of it. With `parameters` it runs with these
    in place of the former ones; steps that are kept stand as they are, so `confirmed` says that
    this is meant where one of them read what is changed. No approval is kept for other parameters
    than those that were approved, to do once more what was done under it, or for one who gave it: who
    runs it again has started it. The same `idempotency_key` with the same request gives the same
    execution.

    Raises `NotFound`, `Denied`, `IllegalTransition` while it still runs, `NothingToRerun`,
    `InputsInvalid`, `ApprovalKept`, `IdempotencyKeyReused`; of an installation what a start raises.
    """
    asked = {"rerun": str(execution_id), "from_step": from_step, "everything": everything}
    asked |= {"parameters": parameters if parameters is None else dict(parameters)}
    request_digest = digest_of_request(asked)
    with tenant_scope(tenant_id):
        named = named_execution(tenant_id, execution_id)
        refuse_out_of_scope(actor=actor, action=RERUN, resource=named)
        key = idempotency_key
        if key and (earlier := started_under(tenant_id, key, request_digest)):
            authorize(actor=actor, action=READ, resource=execution_resource(earlier))
            return earlier
        former = find_execution(tenant_id, execution_id)
        granted = find_granted(former)
        decision = may_rerun(former, granted, actor)
        if not former.has_ended:
            raise IllegalTransition(
                f"This execution is {former.status}; it can be re-run when it has ended.",
                hint="Cancel it first, or wait.",
                current=former.status,
            )
        if granted is not None:
            hold_to(granted.grant, actor.for_purpose(actor.purpose or former.purpose))
        plan = plan_of(document_of(former.version), former.obligations)
        kept = [] if everything else kept_steps(former, plan, from_step)
        if len(kept) == len(plan.steps):
            raise NothingToRerun(
                "Every step of this execution succeeded.",
                hint="Re-run all of it, or choose a step to begin from.",
            )
        _refuse_spent_approvals(actor, former, plan, kept)
        given = former.parameters
        if parameters is not None:
            given = _checked(former, plan, kept, parameters, confirmed=confirmed)
        moment = now()
        execution = Execution(
            **_pinned(former),
            parameters=given,
            tenant_id=tenant_id,
            wake_at=moment,
            purpose=actor.purpose or former.purpose,
            trigger=Trigger.RERUN,
            started_by=actor.id,
            started_by_name=actor.name,
            decision_id=decision.id,
            rerun_of=former,
            depth=0,
            idempotency_key=key,
            request_digest=request_digest if key else "",
        )
        try:
            with transaction.atomic():  # another with the same key may be first
                execution.save(force_insert=True)
        except IntegrityError:
            first = started_under(tenant_id, key, request_digest) if key else None
            if first is None:
                raise
            return first
        if kept:
            values = {"now": moment, "new": execution.pk, "old": former.pk, "tenant": tenant_id}
            fetch("default", _KEEP, values | {"kept": kept})
        enqueue("runtime.advance_execution", execution_id=execution.pk)
    return execution


def find_granted(former: Execution) -> Granted | None:
    """What the former one was granted, as that stands now; None of one of no installation."""
    if former.grant_id is None:
        return None
    return find_grant(tenant_id=former.tenant_id, grant_id=former.grant_id)


def may_rerun(former: Execution, granted: Granted | None, actor: Actor) -> Decision:
    """Raises `Denied`, or the state of its installation that stands in the way."""
    try:
        return authorize(
            actor=actor,
            action=RERUN,
            resource=rerun_resource(former, granted),
            context=rerun_context(granted, actor.purpose),
        )
    except Denied as refusal:
        raise as_state(refusal, granted) from None


def _pinned(former: Execution) -> Mapping[str, Any]:
    names = (
        "definition_id",
        "version_id",
        "workflow",
        "title",
        "version_number",
        "version_digest",
        "risk",
        "reason",
        "endpoints",
        "secrets",
        "obligations",
        "grant_id",
        "installation_id",
        "environment",
        "region",
    )
    return {name: getattr(former, name) for name in names}


def _checked(
    former: Execution,
    plan: Plan,
    kept: Sequence[str],
    parameters: Mapping[str, Any],
    *,
    confirmed: bool,
) -> dict[str, Any]:
    """The parameters with their defaults, if they may stand beside the steps that are kept."""
    given = resolve_inputs(
        tenant_id=former.tenant_id,
        document=plan.document,
        parameters=parameters,
        secrets=former.secrets,
        endpoints=former.endpoints,
    ).parameters
    changed = changed_parameters(former.parameters, given)
    if changed and (approvals := approvals_among(plan, kept)):
        raise ApprovalKept(
            f"People approved the former values in {', '.join(approvals)}.",
            hint=f"Re-run from {approvals[0]}, so that they are asked again, or all of it.",
            steps=approvals,
        )
    read = reading(plan, kept, changed)
    if read and not confirmed:
        raise InputsInvalid(
            "Kept steps read what is changed.",
            problems=[
                Problem(
                    "/confirmed",
                    f"{', '.join(read)} read what you changed, and would be kept as they are.",
                    "kept_steps_read_changes",
                    "Confirm that this is meant, or re-run from the first of them.",
                )
            ],
        )
    return given


def _refuse_spent_approvals(
    actor: Actor, former: Execution, plan: Plan, kept: Collection[str]
) -> None:
    """An approval is for doing it once, and never by who starts it."""
    approvals = approvals_among(plan, kept)
    if not approvals:
        return
    hint = f"Re-run from {approvals[0]}, so that people are asked again, or all of it."
    rows = former.steps.filter(item_index=-1)
    done = set(rows.filter(status="succeeded").values_list("step_id", flat=True))
    if repeated := [name for name in _after(plan, approvals) if name in done and name not in kept]:
        raise ApprovalKept(
            f"People approved this once, and {', '.join(repeated)} was done under it.",
            hint=hint,
            steps=approvals,
        )
    asked = rows.filter(step_id__in=approvals).values("related_id")
    given = ApprovalDecision.objects.for_tenant(former.tenant_id).filter(request_id__in=asked)
    if actor.id is not None and given.filter(decided_by=actor.id).exists():
        raise ApprovalKept(
            "You approved this yourself, and nobody starts what they approved.",
            hint=f"Ask somebody else to re-run it. {hint}",
            steps=approvals,
        )


def _after(plan: Plan, steps: Iterable[str]) -> list[str]:
    """What follows these steps, in the plan's order."""
    found: set[str] = set()
    waiting = list(steps)
    while waiting:
        new = set(plan.followers[waiting.pop()]) - found
        found |= new
        waiting += new
    return [name for name in plan.steps if name in found]


def changed_parameters(former: Mapping[str, Any], given: Mapping[str, Any]) -> frozenset[str]:
    """The names of the parameters that are not as they were."""
    names = former.keys() | given.keys()
    # A value is compared as it is kept: 1 is not true, and 1.0 is 1.
    return frozenset(
        name
        for name in names
        if (name in former) != (name in given)
        or canonical_bytes(former[name]) != canonical_bytes(given[name])
    )


def approvals_among(plan: Plan, kept: Iterable[str]) -> list[str]:
    """Those of the kept steps in which people approved."""
    return [name for name in kept if plan.steps[name].task == APPROVAL]


def reading(plan: Plan, kept: Iterable[str], changed: Collection[str]) -> list[str]:
    """Those of the kept steps whose `with`, `when` or `for_each` names a changed parameter."""
    return [name for name in kept if _reads(plan.steps[name], changed)]


def _reads(step: Step, changed: Collection[str]) -> bool:
    return any(
        not one.path or one.path[0] in changed
        for template in (step.inputs, step.condition, step.items)
        if template is not None and changed
        for one in template.references
        if one.root == "params"
    )


def kept_steps(former: Execution, plan: Plan, from_step: str) -> list[str]:
    """The steps whose results stand: what succeeded or was not wanted, and follows nothing redone."""
    if from_step and from_step not in plan.steps:
        raise NotFound(
            f"This workflow has no step {from_step}.", hint=f"It has {', '.join(plan.steps)}."
        )
    statuses = {
        step_id: (status, error)
        for step_id, status, error in former.steps.filter(item_index=-1).values_list(
            "step_id", "status", "error"
        )
    }
    again = {
        name
        for name in plan.steps
        if name == from_step
        or statuses.get(name, ("", None))[0] not in ("succeeded", "skipped")
        or (statuses[name][0] == "skipped" and statuses[name][1] is not None)
    }
    waiting = list(again)
    while waiting:
        for follower in plan.followers[waiting.pop()]:
            if follower not in again:
                again.add(follower)
                waiting.append(follower)
    return [name for name in plan.steps if name not in again]
