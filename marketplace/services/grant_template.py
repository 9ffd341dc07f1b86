from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType

from catalog.models import WorkflowTemplate
from governance.models import Decision
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import InvalidInput, NotFound, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import User
from maestro.tenancy.policies import USER_WRITE, user_resource
from marketplace.models import TemplateUserObjectPermission
from marketplace.models.grant import APPROVE_TEMPLATE, REVIEW_TEMPLATE
from marketplace.services.find_submission import PLATFORM

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
        decision = authorize(
            actor=actor, action=USER_WRITE, resource=user_resource(user.pk if user else None)
        )
        problems = []
        if permission not in TITLES:
            known = ", ".join(TITLES)
            problems.append(Problem("/permission", f"Choose one of {known}.", "unknown_choice"))
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
            raise InvalidInput("This can't be granted.", problems=problems)
        row: TemplateUserObjectPermission
        row, made = TemplateUserObjectPermission.objects.get_or_create(
            tenant_id=template.tenant_id,
            user=user,
            permission=_permission(permission),
            content_object=template,
            defaults={"granted_by_name": actor.name or actor.email},
        )
        if made:
            _prove(actor, template, user.pk, permission, decision, given=True)
    return row


def take_grant(*, actor: Actor, template_id: UUID, grant_id: UUID) -> None:
    """Take one back. Raises `Denied`, `NotFound`."""
    template = _template(template_id)
    with tenant_scope(template.tenant_id):
        rows = TemplateUserObjectPermission.objects.filter(content_object=template, pk=grant_id)
        row = rows.select_related("permission").first()
        decision = authorize(
            actor=actor, action=USER_WRITE, resource=user_resource(row.user_id if row else None)
        )
        if row is None:
            raise NotFound("There is no such grant.", hint="Somebody has taken it back already.")
        rows.delete()
        _prove(actor, template, row.user_id, row.permission.codename, decision, given=False)


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
    actor: Actor,
    template: WorkflowTemplate,
    user_id: UUID,
    permission: str,
    decision: Decision,
    *,
    given: bool,
) -> None:
    after = {"template": template.address, "permission": permission, "given": given}
    issue_receipt(
        kind=USER_WRITE,
        actor=actor,
        tenant_id=template.tenant_id,
        subject_type="user",
        subject_id=str(user_id),
        subject_digest=digest(after),
        predicate=after,
        decision=decision,
    )
