from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.models import (
    DefinitionStatus,
    Visibility,
    WorkflowDefinition,
    WorkflowTemplate,
    WorkflowVersion,
)
from catalog.services.read_document import document_of
from catalog.services.read_workflows import read_workflow
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, Reason, TenantRequired
from maestro.kernel.tenant import tenant_scope
from marketplace.checking import Found
from marketplace.checks import check_all
from marketplace.models import Release, ReviewKind, Submission
from marketplace.policies import SUBMIT, candidate_resource
from marketplace.services.request_publish import Compared, compare_with_release
from marketplace.services.run_checks import subject_of

VERSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known before a version is put forward.

    `reviews` has for each visibility the kinds that policy asks for; `refusal` is why policy would
    refuse the actor, None where it would not. `submission` is the open one of this version.
    """

    definition: WorkflowDefinition
    version: WorkflowVersion
    versions: Sequence[WorkflowVersion]
    template: WorkflowTemplate | None
    compared: Compared
    findings: Sequence[Found]
    reviews: Mapping[str, Sequence[str]]
    refusal: Reason | None
    submission: Submission | None
    released: bool


def prepare_publish(*, actor: Actor, workflow: str, version: str = "") -> Prepared:
    """What putting a version of a workflow of one's own forward would meet; writes nothing.

    The version is the latest if none is named. Raises `NotFound`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    tenant_id = actor.tenant_id
    definition = read_workflow(actor=actor, address=workflow)
    if definition.tenant_id != tenant_id or definition.status == DefinitionStatus.ARCHIVED:
        raise NotFound(
            "This workflow is not yours to publish.", hint="Look at your tenant's own workflows."
        )
    with tenant_scope(tenant_id):
        versions = WorkflowVersion.objects.of(definition).without_documents().newest_first()
        shown = list(versions[:VERSIONS_SHOWN])
        wanted = version or definition.latest_version
        chosen = WorkflowVersion.objects.of(definition).numbered(wanted).first()
        if chosen is None:
            raise NotFound(
                f"{definition.title} has no version {wanted}." if wanted else "It has no version.",
                hint="Freeze a version first.",
            )
        chosen.definition = definition
        document = document_of(chosen)
        template = WorkflowTemplate.objects.for_tenant(tenant_id).filter(definition=definition)
        known = template.first()
        subject = subject_of(
            tenant_id=tenant_id, version=chosen, document=document, purpose=actor.purpose
        )
        answers = {
            visibility: preview(
                actor=actor.for_purpose(actor.purpose or "workflow.authoring"),
                action=SUBMIT,
                resource=candidate_resource(
                    definition,
                    risk=document.risk,
                    visibility=visibility,
                    author=chosen.frozen_by,
                    submitted_by=actor.id,
                ),
            )
            for visibility in Visibility.values
        }
        refused = next((answer for answer in answers.values() if not answer.allow), None)
        return Prepared(
            definition=definition,
            version=chosen,
            versions=shown,
            template=known,
            compared=compare_with_release(known, document, chosen),
            findings=[found for _, found in check_all(subject)],
            reviews={name: _kinds(answer) for name, answer in answers.items()},
            refusal=_reason(refused) if refused else None,
            submission=Submission.objects.filter(version=chosen).open().first(),
            released=Release.objects.filter(version=chosen).exists(),
        )


def _kinds(answer: object) -> list[str]:
    for obligation in getattr(answer, "obligations", ()):
        duty = obligation.as_dict()
        if duty["type"] == "require_reviews":
            return sorted(duty["kinds"])
    return sorted(ReviewKind.values)


def _reason(answer: object) -> Reason:
    deny = getattr(answer, "deny", ())
    return deny[0] if deny else Reason("denied", "Policy does not allow this.")
