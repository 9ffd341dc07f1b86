from __future__ import annotations

from uuid import UUID

from governance.actions import EVIDENCE_READ, governed_resource
from governance.models import EvidenceBundle
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, NotFound, TenantRequired
from maestro.runtime.services.make_evidence import SUBJECT
from maestro.runtime.services.read_executions import read_executions


class NoEvidenceYet(Conflict):
    """Evidence is made when an execution has ended, within seconds."""

    code = "no_evidence_yet"


def read_evidence(*, actor: Actor, execution_id: UUID) -> EvidenceBundle:
    """The signed evidence of an execution; that it was read is recorded, and what for.

    Raises `NotFound`, `NoEvidenceYet`, `Denied`, `PurposeRequired`, `TenantRequired`.
    """
    execution = read_executions(actor=actor).only("status", "tenant_id").filter(pk=execution_id)
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    # Before it is looked for: without a purpose nobody is told whether it is there.
    resource = governed_resource("evidence", actor.tenant_id, execution_id)
    authorize(actor=actor, action=EVIDENCE_READ, resource=resource)
    row = execution.first()
    if row is None:
        raise NotFound("There is no such execution.", hint="Look for it under Executions.")
    found = EvidenceBundle.objects.for_tenant(row.tenant_id).of(SUBJECT, execution_id).first()
    if found is None:
        raise NoEvidenceYet(
            "Its evidence is being made." if row.has_ended else "It has not ended yet.",
            hint="Ask again in a few seconds."
            if row.has_ended
            else "Evidence is made when an execution has ended.",
        )
    return found
