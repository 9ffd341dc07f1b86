from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.document import Document
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, IllegalTransition, NotFound
from maestro.runtime.models import Execution
from maestro.runtime.plan import Plan, plan_of
from maestro.runtime.policies import RERUN, rerun_context, rerun_resource
from maestro.runtime.services.find_grant import as_state
from maestro.runtime.services.find_version import document_of
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.services.rerun_execution import (
    approvals_among,
    changed_parameters,
    find_granted,
    kept_steps,
    reading,
)


@dataclass(frozen=True, slots=True)
class Rerun:
    """A re-run from a step that is asked for: what is kept, what is done again."""

    former: Execution
    plan: Plan
    from_step: str
    kept: Sequence[str]
    repeated: Sequence[str]
    approvals: Sequence[str]  # among the kept ones

    @property
    def document(self) -> Document:
        """What it runs."""
        return self.plan.document

    def reading(self, parameters: Mapping[str, Any]) -> list[str]:
        """The kept steps that read what differs from the former parameters."""
        return reading(self.plan, self.kept, changed_parameters(self.former.parameters, parameters))


def prepare_rerun(*, actor: Actor, execution_id: UUID, from_step: str) -> Rerun:
    """What a re-run from a step would keep and repeat; nothing is done.

    Raises `NotFound`, `Denied`, `IllegalTransition` while it still runs, `TenantRequired`.
    """
    former = read_executions(actor=actor).filter(pk=execution_id).first()
    if former is None:
        raise NotFound("There is no such execution.", hint="Look for it under Executions.")
    granted = find_granted(former)
    answer = preview(
        actor=actor.for_purpose(former.purpose),
        action=RERUN,
        resource=rerun_resource(former, granted),
        context=rerun_context(granted, former.purpose),
    )
    if not answer.allow:
        raise as_state(Denied(reasons=answer.deny), granted)
    if not former.has_ended:
        raise IllegalTransition(
            f"This execution is {former.status}; it can be re-run when it has ended.",
            hint="Cancel it first, or wait.",
            current=former.status,
        )
    plan = plan_of(document_of(former.version), former.obligations)
    if from_step not in plan.steps:
        raise NotFound(
            f"This workflow has no step {from_step}.", hint="Choose one on the execution’s page."
        )
    kept = kept_steps(former, plan, from_step)
    return Rerun(
        former=former,
        plan=plan,
        from_step=from_step,
        kept=kept,
        repeated=[name for name in plan.steps if name not in kept],
        approvals=approvals_among(plan, kept),
    )
