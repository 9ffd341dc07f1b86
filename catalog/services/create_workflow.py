from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from catalog.models import WorkflowDefinition
from catalog.policies import CREATE, new_workflow_resource
from catalog.services.edit_metadata import check_changes
from catalog.services.freeze_version import set_tags
from catalog.services.index_definition import index_definition
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Conflict, InvalidInput, Problem, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models.tenant import SLUG


def create_workflow(*, actor: Actor, slug: str, facts: dict[str, Any]) -> WorkflowDefinition:
    """Make a workflow, a draft until a version of it is frozen.

    `facts` are those of `edit_metadata`; title, category, risk and owner_team are needed. Raises
    `InvalidInput`, `Conflict` when the slug is taken, `Denied`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant to keep this workflow in.")
    problems = [
        Problem(f"/{name}", f"{name} is missing.", "required")
        for name in ("title", "category", "risk", "owner_team")
        if name not in facts
    ]
    if "status" in facts:
        problems.append(Problem("/status", "A new workflow is a draft.", "not_editable"))
    try:
        SLUG(slug)
    except ValidationError as error:
        problems.append(Problem("/slug", " ".join(error.messages), "invalid_slug"))
    problems += check_changes({name: value for name, value in facts.items() if name != "status"})
    if problems:
        raise InvalidInput("The workflow can't be made like this.", problems=problems)
    tags = sorted(set(facts.get("tags", [])))
    with tenant_scope(actor.tenant_id):
        decision = authorize(
            actor=actor, action=CREATE, resource=new_workflow_resource(actor.tenant_id)
        )
        try:
            with transaction.atomic():
                definition = WorkflowDefinition.objects.create(
                    tenant_id=actor.tenant_id,
                    slug=slug,
                    publisher=actor.tenant_slug,
                    created_by=actor.id,
                    **{name: value for name, value in facts.items() if name != "tags"},
                )
        except IntegrityError:
            raise Conflict(f"There is a workflow called {slug} already.") from None
        set_tags(definition, tags)
        index_definition(definition)
        issue_receipt(
            kind="workflow.create",
            actor=actor,
            tenant_id=actor.tenant_id,
            subject_type="workflow",
            subject_id=str(definition.pk),
            subject_digest=digest(facts | {"slug": slug}),
            predicate={"workflow": definition.address, "after": facts},
            decision=decision,
        )
    return definition
