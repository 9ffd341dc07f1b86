from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from catalog.document import Document, DocumentInvalid
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.policies import START, start_context, start_resource
from catalog.services.examine_document import parse_for
from catalog.services.read_document import document_of
from connectors.registry import registry
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, MaestroError, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.simulate import simulate
from marketplace.checking import Simulated, Start, Subject
from marketplace.checks import check_all
from marketplace.models import Finding, Submission, SubmissionStatus
from marketplace.policies import RELEASE_READ, submission_resource
from marketplace.services.find_submission import locked_submission, tenant_of_submission
from marketplace.services.standing import decided_on

MOST_EXAMPLES = 5
MOST_FINDINGS = 200
STAND_IN = "https://endpoint.example"
_APPROVED = {SubmissionStatus.APPROVED, SubmissionStatus.PUBLISHED}


@dataclass(frozen=True, slots=True)
class Checked:
    """What is left to do on a submission, once it is checked."""

    errors: int
    open_reviews: tuple[str, ...]
    approved: bool


def run_checks(*, actor: Actor, submission_id: UUID) -> Checked:
    """Run the automatic checks and keep what they find, once; what is left to decide.

    Asked again, it only says so. Raises `NotFound`, `Denied`.
    """
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id)
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        authorize(actor=actor, action=RELEASE_READ, resource=submission_resource(submission))
        if submission.checked_at is None:
            document = document_of(submission.version)
            subject = subject_of(
                tenant_id=tenant_id,
                version=submission.version,
                document=document,
                purpose=actor.purpose,
            )
            found = list(check_all(subject))[:MOST_FINDINGS]
            Finding.objects.bulk_create(
                Finding(
                    tenant_id=tenant_id,
                    submission=submission,
                    check_name=name,
                    level=one.level,
                    code=one.code[:64],
                    path=one.path[:500],
                    message=one.message[:500],
                    hint=one.hint[:500],
                )
                for name, one in found
            )
            submission.checked_at = now()
            Submission.objects.filter(pk=submission.pk).update(checked_at=submission.checked_at)
        decided = decided_on(submission)
        return Checked(
            errors=decided.errors,
            open_reviews=tuple(decided.missing(submission)),
            approved=submission.status in _APPROVED,
        )


def subject_of(
    *, tenant_id: UUID, version: WorkflowVersion, document: Document, purpose: str = ""
) -> Subject:
    """What the checks look at: the document, and what Maestro would make of it now.

    Reads, and rehearses the examples; writes nothing. Needs the tenant's scope.
    """
    try:
        parse_for(tenant_id, version.source.encode(), version.media_type)
        problems: tuple[Problem, ...] = ()
    except DocumentInvalid as invalid:
        problems = invalid.problems
    definition = version.definition
    operator = an_operator(tenant_id, definition.publisher, purpose)
    return Subject(
        document=document,
        manifests=registry().manifests(),
        problems=problems,
        simulated=_rehearsed(operator, definition, document) if not problems else (),
        start=_start(operator, definition, document),
    )


def an_operator(tenant_id: UUID, slug: str, purpose: str) -> Actor:
    """Somebody who runs workflows in the publisher's tenant: whom the checks speak of."""
    return Actor(
        kind=ActorKind.USER,
        id=tenant_id,
        name="An operator",
        tenant_id=tenant_id,
        tenant_slug=slug,
        roles=frozenset({"operator"}),
        channel=Channel.JOB,
        purpose=purpose or "practice",
    )


def stand_ins(document: Document) -> dict[str, str]:
    """An address for each endpoint that has none of its own."""
    return {one.name: STAND_IN for one in document.endpoints.values() if not one.default}


def _rehearsed(
    actor: Actor, definition: WorkflowDefinition, document: Document
) -> tuple[Simulated, ...]:
    ended = []
    endpoints = stand_ins(document)
    for example in document.examples[:MOST_EXAMPLES]:
        try:
            simulation = simulate(
                actor=actor,
                workflow=definition.slug,
                version=document.version,
                parameters=example.parameters,
                endpoints=endpoints,
            )
        except Denied:
            continue  # what policy says is told by itself
        except MaestroError as problem:
            ended.append(Simulated(example.title, "failed", problem.message))
        else:
            error = simulation.error or {}
            message = str(error.get("message", ""))
            ended.append(Simulated(example.title, simulation.status, message))
    return tuple(ended)


def _start(actor: Actor, definition: WorkflowDefinition, document: Document) -> Start:
    answer = preview(
        actor=actor,
        action=START,
        resource=start_resource(definition, document),
        context=start_context(actor, definition, actor.purpose),
    )
    duties = [one.as_dict() for one in answer.obligations]
    return Start(
        denied=tuple((reason.code, reason.message) for reason in answer.deny),
        approvals=sum(
            int(one.get("count", 0)) for one in duties if one["type"] == "require_approval"
        ),
    )
