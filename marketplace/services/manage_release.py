from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from governance.models import Receipt
from governance.resource import Resource
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from marketplace.models import ReleaseStatus
from marketplace.policies import (
    DEPRECATE,
    TEMPLATE_UPDATE,
    WITHDRAW,
    found_template,
    release_resource,
)
from marketplace.services.audience import audience_of
from marketplace.services.read_release import ReleasePage

RECEIPTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Managed:
    """What its publisher has of a release beside others: receipts, newest first, whom the template
    names, and why one may not do something: empty where one may."""

    receipts: Sequence[Receipt]
    audience: Sequence[str]
    why_not_deprecate: str
    why_not_withdraw: str
    why_not_update: str


def manage_release(*, actor: Actor, found: ReleasePage) -> Managed | None:
    """What the publisher of a release that was read may do with it; None for anybody else."""
    release, template = found.release, found.template
    if not found.is_owner:
        return None
    resource = release_resource(release, visibility=template.visibility)
    ends = release.status == ReleaseStatus.WITHDRAWN
    receipts = Receipt.objects.for_tenant(template.tenant_id).filter(
        subject_type="release", subject_id=str(release.pk)
    )
    withdrawn = "It is withdrawn." if ends else ""
    deprecated = release.status == ReleaseStatus.DEPRECATED
    return Managed(
        receipts=list(receipts.order_by("-id")[:RECEIPTS_SHOWN]),
        audience=audience_of(template),
        why_not_deprecate=withdrawn
        or ("It is deprecated." if deprecated else why_not(actor, DEPRECATE, resource)),
        why_not_withdraw=withdrawn or why_not(actor, WITHDRAW, resource),
        why_not_update=why_not(
            actor, TEMPLATE_UPDATE, found_template(template, template.tenant_id)
        ),
    )


def why_not(actor: Actor, action: str, resource: Resource) -> str:
    """Why policy would refuse it, whatever the purpose; empty where it would not."""
    acting = actor.for_purpose(actor.purpose or "platform.operations")
    answer = preview(actor=acting, action=action, resource=resource)
    return "" if answer.allow else answer.deny[0].message
