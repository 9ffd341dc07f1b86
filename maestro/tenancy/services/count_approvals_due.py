from __future__ import annotations

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from governance.actions import APPROVAL_DECIDE
from governance.models import ApprovalDecision, ApprovalRequest
from governance.purposes import OWN_WORK
from governance.resource import Resource
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import current_tenant

LOOKED_AT = 500  # the longest waiting of the tenant's
MOST = 99


def count_approvals_due(actor: Actor) -> str:
    """How many approvals wait for the actor, as the menu says it: empty for none, at most `99+`.

    One bounded read by the index of what is pending; none for who decides nothing, nor where
    nothing can be read any more, on the page of an error. Policy decides each of them again when
    it comes to it.
    """
    if actor.id is None or actor.tenant_id is None:
        return ""
    if current_tenant() != actor.tenant_id or connection.needs_rollback:
        return ""
    anything = Resource(
        type="approval",
        id="",
        tenant_id=actor.tenant_id,
        attributes={"started_by": "", "requested_by": "", "teams": sorted(actor.teams)},
    )
    if not preview(
        actor=actor.for_purpose(OWN_WORK), action=APPROVAL_DECIDE, resource=anything
    ).allow:
        return ""
    pending = ApprovalRequest.objects.for_tenant(actor.tenant_id).of_people().pending()[:LOOKED_AT]
    theirs = ~Q(started_by=actor.id) & ~Q(requested_by=actor.id)
    if "approver" not in actor.platform_roles:
        theirs &= Q(teams=[]) | Q(teams__overlap=sorted(actor.teams))
    voted = ApprovalDecision.objects.filter(request=OuterRef("pk"), decided_by=actor.id)
    found = (
        ApprovalRequest.objects.filter(pk__in=pending.values("pk"))
        .filter(theirs, ~Exists(voted))
        .order_by()[: MOST + 1]
        .count()
    )
    return f"{MOST}+" if found > MOST else str(found or "")
