from __future__ import annotations

from dataclasses import dataclass

from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.policies import CREATE, FREEZE, new_workflow_resource, workflow_resource
from catalog.services.read_workflows import read_workflow, read_workflows
from governance.purposes import purposes
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Editing:
    """A workflow that is to have a new version, begun from `version`; both None for a new workflow.

    `why_not` says why the one who looks can't freeze it; empty when they can.
    """

    why_not: str
    definition: WorkflowDefinition | None = None
    version: WorkflowVersion | None = None


def read_editing(*, actor: Actor, address: str = "", version: str = "") -> Editing:
    """What an editor begins with: a version of a workflow, the latest unless named, or nothing.

    Raises `NotFound`, also for a version there is not; `Denied`, `TenantRequired`.
    """
    if not address:
        read_workflows(actor=actor)
        return Editing(why_not_author(actor=actor))
    definition = read_workflow(actor=actor, address=address)
    wanted = version or definition.latest_version
    found = WorkflowVersion.objects.of(definition).numbered(wanted).defer("frozen").first()
    if found is None and version:
        raise NotFound(
            f"{definition.title} has no version {version}.",
            hint=f"Its latest is {definition.latest_version}." if definition.latest_version else "",
        )
    return Editing(why_not_author(actor=actor, definition=definition), definition, found)


def why_not_author(*, actor: Actor, definition: WorkflowDefinition | None = None) -> str:
    """Why the actor can't freeze a version of it, or make a new workflow; empty when they can.

    Policy is asked for some purpose or other, and nothing is recorded.
    """
    if actor.tenant_id is None:
        return "Choose a tenant first."
    if definition is not None and definition.tenant_id != actor.tenant_id:
        return f"It belongs to {definition.publisher}: only people there freeze versions of it."
    some = next(purpose.name for purpose in purposes() if purpose.in_production)
    answer = preview(
        actor=actor.for_purpose(some),
        action=FREEZE if definition else CREATE,
        resource=workflow_resource(definition)
        if definition
        else new_workflow_resource(actor.tenant_id),
    )
    if answer.allow:
        return ""
    return answer.deny[0].message if answer.deny else "Policy does not allow it."
