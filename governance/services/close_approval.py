"""The two ends of an approval request that nobody decided."""

from __future__ import annotations

from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from governance.models import ApprovalRequest, ApprovalStatus
from governance.scope import in_tenant
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, IllegalTransition, NotFound


def expire_approval(
    *, tenant_id: UUID, request_id: UUID, using: str = DEFAULT_DB_ALIAS
) -> ApprovalRequest:
    """End a request whose time is over; once more changes nothing.

    Raises `NotFound`, `Conflict` before its time, `IllegalTransition` when people were first.
    """
    with in_tenant(tenant_id, using):
        request = _find(tenant_id, request_id, using)
        moment = now()
        if request.expires_at is None or request.expires_at > moment:
            raise Conflict("The time for this approval is not over yet.")
        return _close(request, ApprovalStatus.EXPIRED, using)


def cancel_approval(
    *, tenant_id: UUID, request_id: UUID, using: str = DEFAULT_DB_ALIAS
) -> ApprovalRequest:
    """End a request that nobody asks any more; once more changes nothing.

    Raises `NotFound`, `IllegalTransition` when it is settled already.
    """
    with in_tenant(tenant_id, using):
        return _close(_find(tenant_id, request_id, using), ApprovalStatus.CANCELLED, using)


def _find(tenant_id: UUID, request_id: UUID, using: str) -> ApprovalRequest:
    found = ApprovalRequest.objects.using(using).for_tenant(tenant_id).filter(pk=request_id).first()
    if found is None:
        raise NotFound("There is no such approval request.")
    return found


def _close(request: ApprovalRequest, status: ApprovalStatus, using: str) -> ApprovalRequest:
    """`advance`, in the transaction on `using`: the engine closes requests in its own."""
    if request.status == status:
        return request
    moment = now()
    pending = ApprovalRequest.objects.using(using).filter(pk=request.pk).pending()
    if not pending.update(status=status, decided_at=moment):
        raise IllegalTransition(
            f"This approval request is settled already; it can't become {status}.",
            hint="Load it again and look at its present state.",
            wanted=status.value,
        )
    request.status, request.decided_at = status, moment
    return request
