from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString
from uuid import UUID

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, IllegalTransition, NotFound
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Trigger
from maestro.runtime.plan import Plan, plan_of
from maestro.runtime.policies import RERUN, execution_resource
from maestro.runtime.services.cancel_execution import find_execution
from maestro.runtime.services.find_version import document_of

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
) -> Execution:
    """Run an ended execution's version again, as a new execution with the same parameters.

    By default what succeeded is kept and only the rest is done; with `from_step` that step and all
    that follows it is done again; with `everything` all of it. Raises `NotFound`, `Denied`,
    `IllegalTransition` while it still runs, `NothingToRerun`.
    """
    with tenant_scope(tenant_id):
        former = find_execution(tenant_id, execution_id)
        decision = authorize(actor=actor, action=RERUN, resource=execution_resource(former))
        if not former.has_ended:
            raise IllegalTransition(
                f"This execution is {former.status}; it can be re-run when it has ended.",
                hint="Cancel it first, or wait.",
                current=former.status,
            )
        plan = plan_of(document_of(former.version), former.obligations)
        kept = [] if everything else _kept(former, plan, from_step)
        if len(kept) == len(plan.steps):
            raise NothingToRerun(
                "Every step of this execution succeeded.",
                hint="Re-run all of it, or choose a step to begin from.",
            )
        moment = now()
        execution = Execution.objects.create(
            **_pinned(former),
            tenant_id=tenant_id,
            wake_at=moment,
            purpose=actor.purpose or former.purpose,
            trigger=Trigger.RERUN,
            started_by=actor.id,
            started_by_name=actor.name,
            decision_id=decision.id,
            rerun_of=former,
            depth=0,
        )
        if kept:
            values = {"now": moment, "new": execution.pk, "old": former.pk, "tenant": tenant_id}
            fetch("default", _KEEP, values | {"kept": kept})
        enqueue("runtime.advance_execution", execution_id=execution.pk)
    return execution


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
        "parameters",
        "endpoints",
        "secrets",
        "obligations",
    )
    return {name: getattr(former, name) for name in names}


def _kept(former: Execution, plan: Plan, from_step: str) -> list[str]:
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
