from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from governance.models import ApprovalRequest
from governance.scope import in_tenant
from maestro.kernel.errors import InvalidInput, Problem

MOST_APPROVERS = 20


def request_approval(
    *,
    tenant_id: UUID,
    subject_type: str,
    subject_id: str,
    requested_by: UUID | None,
    started_by: UUID | None,
    count: int = 1,
    teams: Iterable[str] = (),
    message: str = "",
    expires_at: datetime | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> ApprovalRequest:
    """Ask `count` people (1 to 20) whether `subject` may go on; only members of `teams`, if named,
    and the platform's approvers.

    Neither `requested_by` nor `started_by` can be among them. For services that have authorized
    what they do. Raises `InvalidInput`.
    """
    if not 1 <= count <= MOST_APPROVERS:
        raise InvalidInput(
            "The approval can't be asked for like this.",
            problems=[
                Problem("/count", f"Between 1 and {MOST_APPROVERS} people approve.", "out_of_range")
            ],
        )
    request = ApprovalRequest(
        tenant_id=tenant_id,
        subject_type=subject_type,
        subject_id=subject_id,
        requested_by=requested_by,
        started_by=started_by,
        count=count,
        teams=sorted(set(teams)),
        message=message,
        expires_at=expires_at,
    )
    with in_tenant(tenant_id, using):
        request.save(force_insert=True, using=using)
    return request
