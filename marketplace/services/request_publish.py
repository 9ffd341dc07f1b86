from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from catalog.capabilities import Capabilities, capabilities, new_in
from catalog.diff import compare, smallest, understated
from catalog.document import Document
from catalog.models import Visibility, WorkflowDefinition, WorkflowTemplate, WorkflowVersion
from catalog.services.read_document import document_of
from connectors.registry import registry
from governance.models import Decision
from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, Problem, TenantRequired
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.find_version import find_version
from marketplace.models import Release, ReviewKind, Submission
from marketplace.policies import SUBMIT, candidate_resource, named_submission
from marketplace.services.audience import (
    Audience,
    audience_of,
    audience_problems,
    find_audience,
)
from marketplace.services.pipeline import begin_pipeline
from marketplace.services.update_template import name_partners

LONGEST_NOTE = 2000  # characters
DUE_DAYS = {"high": 2, "medium": 4, "low": 6}
"""Days that reviewers have: what risks more is looked at first."""


class AlreadySubmitted(Conflict):
    """This version is in review."""

    code = "already_submitted"


class AlreadyPublished(Conflict):
    """This number was published; what is published never changes."""

    code = "already_published"


@dataclass(frozen=True, slots=True)
class Compared:
    """A version beside the release before it, if there is one."""

    before: Release | None
    changes: tuple[dict[str, Any], ...]
    capabilities: Capabilities
    new_capabilities: Capabilities
    problems: tuple[Problem, ...]


def request_publish(
    *,
    actor: Actor,
    workflow: str,
    version: str = "",
    visibility: str,
    note: str = "",
    audience: Iterable[str] = (),
) -> Submission:
    """Put a frozen version of a workflow of one's own forward, the latest if none is named.

    Policy says which reviews it takes; its pipeline starts. `audience` names tenants by slug and
    groups as `group:<name>`, for a partner-curated template, which names somebody. Raises `Denied`,
    `NotFound`, `InvalidInput` with every problem (`version_understated` has the lowest number that
    would do), `AlreadySubmitted`, `AlreadyPublished`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    with tenant_scope(actor.tenant_id):
        named = named_submission(actor.tenant_id)
        refuse_out_of_scope(actor=actor, action=SUBMIT, resource=named)
        definition, frozen, document = find_version(
            tenant_id=actor.tenant_id, workflow=own_slug(actor, workflow), version=version
        )
        decision = authorize(
            actor=actor,
            action=SUBMIT,
            resource=candidate_resource(
                definition,
                risk=document.risk,
                visibility=visibility,
                author=frozen_by(frozen),
                submitted_by=actor.id,
            ),
        )
        template = _template(definition, document, frozen)
        _refuse_known(template, frozen)
        compared = compare_with_release(template, document, frozen)
        named_partners, problems = _check(template, visibility, note, audience)
        if problems or compared.problems:
            raise InvalidInput(
                "This version can't be put forward like this.",
                problems=[*compared.problems, *problems],
            )
        submission = _write(actor, template, frozen, document, compared, decision, visibility, note)
        if named_partners.members:
            name_partners(actor=actor, template=template, audience=named_partners)
        begin_pipeline(submission, actor=actor, decision=decision)
        _tell(actor, submission, decision)
    return submission


def own_slug(actor: Actor, workflow: str) -> str:
    """The slug of a workflow of the actor's tenant: somebody else's is theirs to publish."""
    publisher, _, slug = workflow.rpartition("/")
    return slug if publisher in ("", actor.tenant_slug) else workflow


def frozen_by(frozen: WorkflowVersion) -> Any:
    """Who wrote the version, which may be deferred."""
    return frozen.frozen_by


def compare_with_release(
    template: WorkflowTemplate | None, document: Document, frozen: WorkflowVersion
) -> Compared:
    """What the version changes for those who have the release before it, and what speaks against it."""
    manifests = registry().manifests()
    reach = capabilities(document, manifests)
    problems = []
    if not document.changelog.strip():
        problems.append(
            Problem(
                "/changelog",
                "The changelog is missing.",
                "changelog_required",
                "Say in metadata.changelog what this version changes, and freeze it anew.",
            )
        )
    before = _release_below(template, frozen) if template else None
    if before is None:
        return Compared(None, (), reach, reach, tuple(problems))
    earlier = document_of(before.version)
    diff = compare(earlier, document, manifests)
    if understated(before.number, document.version, diff):
        wanted = smallest(before.number, diff)
        reason = diff.changes[0].message if diff.changes else ""
        problems.append(
            Problem(
                "/version",
                f"{document.version} says too little of what changed since {before.number}."
                f" {reason}".rstrip(),
                "version_understated",
                f"Freeze it as {wanted} or later.",
            )
        )
    return Compared(
        before,
        tuple(change.as_dict() for change in diff.changes),
        reach,
        new_in(reach, capabilities(earlier, manifests)),
        tuple(problems),
    )


def required_reviews(decision: Decision) -> list[str]:
    """The kinds of reviews that policy asks for; all of them where it says nothing."""
    duty = next((one for one in decision.obligations if one["type"] == "require_reviews"), None)
    return sorted(duty["kinds"]) if duty else sorted(ReviewKind.values)


def _release_below(template: WorkflowTemplate, frozen: WorkflowVersion) -> Release | None:
    found = Release.objects.filter(template=template, order__lt=_order(frozen))
    return found.installable().newest_first().select_related("version").first()


def _order(frozen: WorkflowVersion) -> list[int]:
    order: list[int] = frozen.order
    return order


def _check(
    template: WorkflowTemplate, visibility: str, note: str, audience: Iterable[str]
) -> tuple[Audience, list[Problem]]:
    problems = []
    names = [name for name in audience if name.strip()]
    if visibility not in Visibility.values:
        known = ", ".join(Visibility.values)
        problems.append(Problem("/visibility", f"Choose one of {known}.", "unknown_choice"))
    if len(note) > LONGEST_NOTE:
        problems.append(Problem("/note", f"At most {LONGEST_NOTE} characters.", "too_long"))
    # Without names, those stay whom the template names already.
    curated = visibility == Visibility.PARTNERS
    wrong = audience_problems(visibility, named=bool(names or (curated and audience_of(template))))
    if wrong:
        return Audience(), [*problems, *wrong]
    found, unknown = find_audience(template.tenant_id, names)
    return found, [*problems, *unknown]


def _refuse_known(template: WorkflowTemplate, frozen: WorkflowVersion) -> None:
    if Release.objects.filter(template=template, number=frozen.version).exists():
        raise AlreadyPublished(
            f"{template.title} {frozen.version} is published.",
            hint="Freeze a higher version, and put that forward.",
        )
    earlier = Submission.objects.filter(version=frozen).open().first()
    if earlier is not None:
        raise _in_review(earlier)


def _in_review(earlier: Submission | None) -> AlreadySubmitted:
    return AlreadySubmitted(
        "This version is put forward already.",
        hint="Follow the submission that there is, or retract it first.",
        submission=str(earlier.pk) if earlier else "",
    )


def _template(
    definition: WorkflowDefinition, document: Document, frozen: WorkflowVersion
) -> WorkflowTemplate:
    """The workflow's template, made at its first request; of one that is listed nothing changes."""
    found = WorkflowTemplate.objects.for_tenant(definition.tenant_id).filter(definition=definition)
    if (known := found.first()) is not None:
        return known
    try:
        with transaction.atomic():
            return WorkflowTemplate.objects.create(
                tenant_id=definition.tenant_id,
                definition=definition,
                publisher=definition.publisher,
                slug=definition.slug,
                author_name=frozen.frozen_by_name,
                **facts_of(document),
            )
    except IntegrityError:  # two asked at once
        return found.get()


def facts_of(document: Document) -> dict[str, Any]:
    """What is shown of a template, by the document of its release."""
    return {
        "title": document.title,
        "description": document.description,
        "category": document.category,
        "risk": document.risk,
        "owner_team": document.owner_team,
        "tags": list(document.tags),
    }


def _write(
    actor: Actor,
    template: WorkflowTemplate,
    frozen: WorkflowVersion,
    document: Document,
    compared: Compared,
    decision: Decision,
    visibility: str,
    note: str,
) -> Submission:
    assert actor.id is not None  # noqa: S101 - policy lets nobody without an id submit
    try:
        with transaction.atomic():
            return Submission.objects.create(
                tenant_id=template.tenant_id,
                template=template,
                version=frozen,
                number=frozen.version,
                digest=frozen.digest,
                title=document.title,
                publisher=template.publisher,
                risk=document.risk,
                visibility=visibility,
                note=note.strip(),
                required_reviews=required_reviews(decision),
                compared_with=compared.before.number if compared.before else "",
                changes=list(compared.changes),
                capabilities=compared.capabilities.as_json(),
                new_capabilities=compared.new_capabilities.as_json(),
                author_id=frozen_by(frozen),
                requested_by=actor.id,
                requested_by_name=actor.name or actor.email,
                due_at=now() + timedelta(days=DUE_DAYS.get(document.risk, 2)),
            )
    except IntegrityError:
        raise _in_review(Submission.objects.filter(version=frozen).open().first()) from None


def _tell(actor: Actor, submission: Submission, decision: Decision) -> None:
    issue_receipt(
        kind=SUBMIT,
        actor=actor,
        tenant_id=submission.tenant_id,
        subject_type="submission",
        subject_id=str(submission.pk),
        subject_digest=submission.digest,
        predicate={
            "workflow": submission.template.address,
            "version": submission.number,
            "visibility": submission.visibility,
            "reviews": submission.required_reviews,
            "compared_with": submission.compared_with,
            "note": submission.note,
        },
        decision=decision,
    )
    publish_event(
        "release.submitted",
        subject=str(submission.pk),
        by=actor,
        workflow=submission.template.address,
        version=submission.number,
        reviews=submission.required_reviews,
    )
