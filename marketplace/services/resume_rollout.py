from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from marketplace.models import Rollout
from marketplace.policies import PROPOSE, adopters_resource


def resume_rollout(*, actor: Actor, release_id: UUID) -> Rollout:
    """Go on with a roll-out that was halted, although what was upgraded failed more than before.

    Its publisher's decision; from now on only what runs since then counts. Raises `NotFound`,
    `Denied`, `IllegalTransition` for one that is not halted.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    with tenant_scope(actor.tenant_id):
        decision = authorize(
            actor=actor, action=PROPOSE, resource=adopters_resource(actor.tenant_id)
        )
        rollout = (
            Rollout.objects.for_tenant(actor.tenant_id)
            .select_related("release")
            .filter(release_id=release_id)
            .first()
        )
        if rollout is None:
            raise NotFound("There is no such roll-out.", hint="Look at the template's page.")
        reason = rollout.halted_reason
        moment = now()
        advance(
            rollout,
            to="running",
            allowed={"halted"},
            next_at=moment,
            resumed_at=moment,
            halted_reason="",
        )
        issue_receipt(
            kind="rollout.resume",
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="release",
            subject_id=str(release_id),
            subject_digest=rollout.release.digest,
            predicate={"wave": rollout.wave, "halted_for": reason},
            decision=decision,
        )
    return rollout
