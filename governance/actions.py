"""Names of governance's own actions, and what policy sees of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from governance.resource import Resource
from maestro.kernel.tenant import PLATFORM_TENANT

if TYPE_CHECKING:
    from governance.models import ApprovalRequest

APPROVAL_DECIDE = "approval.decide"
APPROVAL_READ = "approval.read"
DECISION_READ = "decision.read"
EVIDENCE_READ = "evidence.read"
POLICY_ACTIVATE = "policy.activate"
POLICY_BUILD = "policy.build"
POLICY_DATA_READ = "policy_data.read"
POLICY_DATA_WRITE = "policy_data.write"
POLICY_PREVIEW = "policy.preview"
POLICY_READ = "policy.read"
POLICY_ROLLBACK = "policy.rollback"
PUBLISHER_KEY_READ = "publisher_key.read"
PUBLISHER_KEY_WRITE = "publisher_key.write"
PURPOSE_READ = "purpose.read"
PURPOSE_WRITE = "purpose.write"
RECEIPT_READ = "receipt.read"
SECRET_DELETE = "secret.delete"  # noqa: S105 - an action's name
SECRET_READ = "secret.read"  # noqa: S105 - an action's name
SECRET_WRITE = "secret.write"  # noqa: S105 - an action's name


def secret_resource(tenant_id: UUID, name: str = "") -> Resource:
    """A secret by its name, or all of a tenant's."""
    return Resource(type="secret", id=name, tenant_id=tenant_id)


def policy_resource(revision: str = "") -> Resource:
    """A set of policies by its revision, or all; they are the platform's."""
    return Resource(type="policy", id=revision, tenant_id=PLATFORM_TENANT)


def purpose_resource(tenant_id: UUID, name: str = "") -> Resource:
    """A purpose by its name, or all of a tenant's own, or of the platform's."""
    return Resource(type="purpose", id=name, tenant_id=tenant_id)


def publisher_key_resource(publisher: str = "") -> Resource:
    """The keys that are trusted for a publisher, or for all; they are the platform's."""
    return Resource(type="publisher_key", id=publisher, tenant_id=PLATFORM_TENANT)


def policy_data_resource(tenant_id: UUID) -> Resource:
    """What policy is told of a tenant."""
    return Resource(type="policy_data", id="", tenant_id=tenant_id)


def governed_resource(kind: str, tenant_id: UUID, row_id: UUID | None = None) -> Resource:
    """A decision, a receipt, evidence or a policy preview, or all of a tenant's."""
    return Resource(type=kind, id=str(row_id or ""), tenant_id=tenant_id)


def named_approval(tenant_id: UUID, name: str) -> Resource:
    """An approval request that somebody names, before it is looked for."""
    return Resource(
        type="approval",
        id=name,
        tenant_id=tenant_id,
        attributes={"started_by": "", "requested_by": "", "teams": []},
    )


def approval_resource(request: ApprovalRequest) -> Resource:
    """An approval request; its rules ask who started and who asked, and which teams decide."""
    return Resource(
        type="approval",
        id=str(request.pk),
        tenant_id=request.tenant_id,
        attributes={
            "started_by": request.started_by,
            "requested_by": request.requested_by,
            "teams": request.teams,
            "state": request.status,
        },
    )
