"""Grants on one template, looked up for policy: django-guardian's object permissions."""

from __future__ import annotations

from uuid import UUID

from maestro.kernel.actor import Actor, ActorKind
from marketplace.models import TemplateGroupObjectPermission, TemplateUserObjectPermission
from marketplace.models.grant import APPROVE_TEMPLATE, REVIEW_TEMPLATE
from marketplace.policies import APPROVE, REVIEW

ACTIONS = {REVIEW_TEMPLATE: REVIEW, APPROVE_TEMPLATE: APPROVE}


def grants_on(*, actor: Actor, template_id: UUID) -> tuple[str, ...]:
    """The actions that a person was granted on this template, by themselves or by a group that they
    are in now, by one statement.

    Only for people of the platform: others come to no submission but their own tenant's, on which
    a grant would let them decide. Needs the scope of the template's tenant.
    """
    if actor.kind is not ActorKind.USER or not actor.platform_roles:
        return ()
    to_them = TemplateUserObjectPermission.objects.filter(
        content_object_id=template_id, user_id=actor.id
    )
    to_groups = TemplateGroupObjectPermission.objects.filter(
        content_object_id=template_id, group__user=actor.id
    )
    found = to_them.values_list("permission__codename", flat=True).union(
        to_groups.values_list("permission__codename", flat=True)
    )
    return tuple(sorted(ACTIONS[name] for name in found if name in ACTIONS))
