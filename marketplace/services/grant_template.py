from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from catalog.models import WorkflowTemplate
from governance.models import Decision
from governance.resource import Resource
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import InvalidInput, NotFound, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import User
from maestro.tenancy.policies import USER_WRITE, group_resource, user_resource
from marketplace.models import TemplateGroupObjectPermission, TemplateUserObjectPermission
from marketplace.models.grant import APPROVE_TEMPLATE, REVIEW_TEMPLATE
from marketplace.services.find_submission import PLATFORM

Grant = TemplateUserObjectPermission | TemplateGroupObjectPermission
TITLES = {REVIEW_TEMPLATE: "May review it", APPROVE_TEMPLATE: "May approve it"}


def grant_template(
    *, actor: Actor, template_id: UUID, email: str, permission: str
) -> TemplateUserObjectPermission:
    """Let one of the platform's people review, or approve, one template. Given again, it stays.

    Raises `Denied` to all but those who may write people's rights, `NotFound`, `InvalidInput` with
    every problem.
    """
    template = _template(template_id)
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    with tenant_scope(template.tenant_id):
        resource = user_resource(user.pk if user else None)
        decision = authorize(actor=actor, action=USER_WRITE, resource=resource)
        problems = _of_permission(permission)
        if user is None or not user.platform_roles:
            problems.append(
                Problem(
                    "/email",
                    "Nobody of the platform has this address.",
                    "unknown_person",
                    "Give them a role of the platform first.",
                )
            )
        if problems or user is None:
            raise _refused(problems)
        row: TemplateUserObjectPermission
        row, made = TemplateUserObjectPermission.objects.get_or_create(
            **_what(actor, template, permission), user=user
        )
        if made:
            _prove(actor, template, row, decision, given=True)
    return row


def grant_template_to_group(
    *, actor: Actor, template_id: UUID, group: str, permission: str
) -> TemplateGroupObjectPermission:
    """As `grant_template`, for whoever is in a group of the platform's people, named by its name."""
    template = _template(template_id)
    found = Group.objects.filter(name=group.strip()).first()
    with tenant_scope(template.tenant_id):
        resource = group_resource(found.pk if found else None)
        decision = authorize(actor=actor, action=USER_WRITE, resource=resource)
        problems = _of_permission(permission)
        if found is None:
            hint = "Make it under Groups of people first."
            problems.append(Problem("/group", "There is no such group.", "unknown_group", hint))
        if problems or found is None:
            raise _refused(problems)
        row: TemplateGroupObjectPermission
        row, made = TemplateGroupObjectPermission.objects.get_or_create(
            **_what(actor, template, permission), group=found
        )
        if made:
            _prove(actor, template, row, decision, given=True)
    return row


def take_grant(*, actor: Actor, template_id: UUID, grant_id: UUID) -> None:
    """Take one back, of a person or of a group. Raises `Denied`, `NotFound`."""
    template = _template(template_id)
    with tenant_scope(template.tenant_id):
        row = _held(template, grant_id)
        decision = authorize(
            actor=actor, action=USER_WRITE, resource=_to(row) if row else user_resource()
        )
        if row is None:
            raise NotFound("There is no such grant.", hint="Somebody has taken it back already.")
        key = row.pk
        row.delete()
        row.pk = key
        _prove(actor, template, row, decision, given=False)


def _held(template: WorkflowTemplate, grant_id: UUID) -> Grant | None:
    """The grant, locked until the transaction ends: it is taken back once."""
    for model in (TemplateUserObjectPermission, TemplateGroupObjectPermission):
        rows = model.objects.filter(content_object=template, pk=grant_id)
        row: Grant | None = (
            rows.select_related("permission").select_for_update(of=("self",)).first()
        )
        if row is not None:
            return row
    return None


def _to(row: Grant) -> Resource:
    """Whom it is given to, as policy sees them."""
    if isinstance(row, TemplateGroupObjectPermission):
        return group_resource(row.group_id)
    return user_resource(row.user_id)


def _of_permission(permission: str) -> list[Problem]:
    if permission in TITLES:
        return []
    known = ", ".join(TITLES)
    return [Problem("/permission", f"Choose one of {known}.", "unknown_choice")]


def _refused(problems: Iterable[Problem]) -> InvalidInput:
    return InvalidInput("This can't be granted.", problems=problems)


def _what(actor: Actor, template: WorkflowTemplate, permission: str) -> dict[str, Any]:
    """What a grant is besides whom it is given to, as `get_or_create` takes it."""
    return {
        "tenant_id": template.tenant_id,
        "permission": _permission(permission),
        "content_object": template,
        "defaults": {"granted_by_name": actor.name or actor.email},
    }


def _template(template_id: UUID) -> WorkflowTemplate:
    found = WorkflowTemplate.objects.using(PLATFORM).filter(pk=template_id).first()
    if found is None:
        raise NotFound("There is no such template.")
    found._state.db = "default"  # what is written names it, and reads it no more
    return found


def _permission(codename: str) -> Permission:
    kind = ContentType.objects.get_for_model(WorkflowTemplate)
    return Permission.objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": TITLES[codename]}
    )[0]


def _prove(
    actor: Actor, template: WorkflowTemplate, row: Grant, decision: Decision, *, given: bool
) -> None:
    after = {
        "template": template.address,
        "permission": row.permission.codename,
        "given": given,
    }
    to = _to(row)
    issue_receipt(
        kind=USER_WRITE,
        actor=actor,
        tenant_id=template.tenant_id,
        subject_type=to.type,
        subject_id=to.id,
        subject_digest=digest(after),
        predicate=after,
        decision=decision,
    )
