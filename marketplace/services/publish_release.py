"""From approved to published: signed first, then listed. Each part may be done twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.models import WorkflowTemplate
from catalog.services.read_document import document_of
from governance.services.authorize import authorize
from governance.signing import signing_ring
from governance.trust.dsse import EnvelopeRefused
from governance.trust.statement import (
    RELEASE_TYPE,
    sign_statement,
    signed_statement,
    statement,
    verify_statement,
)
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, IllegalTransition
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from marketplace.models import Release, Submission, SubmissionStatus
from marketplace.policies import PUBLISH, submission_resource
from marketplace.services.find_submission import locked_submission, tenant_of_submission
from marketplace.services.release_receipt import release_receipt
from marketplace.services.show_release import show_release
from marketplace.services.standing import decided_on


class SignatureInvalid(Conflict):
    """What is to be listed was not signed by this Maestro, or is about something else."""

    code = "signature_invalid"


@dataclass(frozen=True, slots=True)
class Signed:
    """An in-toto Statement v1 and the signatures of its DSSE envelope."""

    statement: Any
    signatures: Any


def publish_release(*, actor: Actor, submission_id: UUID) -> Release:
    """Sign what is approved, then list it: what the pipeline's last two steps do."""
    return list_release(
        actor=actor,
        submission_id=submission_id,
        signed=sign_release(actor=actor, submission_id=submission_id),
    )


def sign_release(*, actor: Actor, submission_id: UUID) -> Signed:
    """Sign the approved document's digest with its reviews, controls, reach and changes.

    Writes nothing: who calls it keeps the result. Of what is published already it is what was
    signed then. Raises `NotFound`, `Denied`, `IllegalTransition` for what is not approved.
    """
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id)
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        known = Release.objects.filter(version=submission.version_id).first()
        if known is not None:
            return Signed(known.statement, known.signatures)
        _refuse_unapproved(submission)
        decided = decided_on(submission)
        decision = authorize(
            actor=actor,
            action=PUBLISH,
            resource=submission_resource(submission, passed=decided.passed, errors=decided.errors),
        )
        address = submission.template.address
        claim = statement(
            name=f"{address}@{submission.number}",
            digest=submission.digest,
            predicate_type=RELEASE_TYPE,
            predicate={
                "publisher": submission.publisher,
                "workflow": submission.template.slug,
                "number": submission.number,
                "title": submission.title,
                "risk": submission.risk,
                "changelog": submission.version.changelog,
                "previous": submission.compared_with,
                "changes": [
                    {name: one.get(name) for name in ("class", "code", "path", "message")}
                    for one in submission.changes
                ],
                "capabilities": submission.capabilities,
                "reviews": [
                    {
                        "kind": one.kind,
                        "decision": one.decision,
                        "by": one.reviewer_name,
                        "at": _moment(one.created_at),
                        "controls": one.controls,
                        "id": str(one.pk),
                    }
                    for one in decided.reviews
                ],
                "controls": sorted({name for one in decided.reviews for name in one.controls}),
                "approvedBy": submission.approved_by_name,
                "approvedAt": _moment(submission.decided_at),
                "submission": str(submission.pk),
                "pipeline": str(submission.execution_id or ""),
                "decision": {"id": str(decision.pk), "revision": decision.revision},
                "signedAt": _moment(now()),
            },
        )
    envelope = sign_statement(claim, signing_ring().signer)
    return Signed(claim, envelope.as_dict()["signatures"])


def list_release(*, actor: Actor, submission_id: UUID, signed: Signed) -> Release:
    """Make the release of what was signed, and show it to those who may find it; once.

    Raises `SignatureInvalid`, `NotFound`, `Denied`, `IllegalTransition` for what is not approved.
    """
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id)
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        known = Release.objects.filter(version=submission.version_id).first()
        if known is not None:
            return known
        _refuse_unapproved(submission)
        _verify(submission, signed)
        decided = decided_on(submission)
        decision = authorize(
            actor=actor,
            action=PUBLISH,
            resource=submission_resource(submission, passed=decided.passed, errors=decided.errors),
        )
        template = WorkflowTemplate.objects.select_for_update().get(pk=submission.template_id)
        document = document_of(submission.version)
        release = Release.objects.create(
            tenant_id=tenant_id,
            template=template,
            version=submission.version,
            submission=submission,
            publisher=submission.publisher,
            slug=template.slug,
            number=submission.number,
            order=submission.version.order,
            digest=submission.digest,
            title=submission.title,
            risk=submission.risk,
            changelog=submission.version.changelog,
            previous_number=submission.compared_with,
            changes=submission.changes,
            is_breaking=any(one.get("class") == "breaking" for one in submission.changes),
            capabilities=submission.capabilities,
            migrations=list(document.frozen.get("migrations", ())),
            statement=signed.statement,
            signatures=signed.signatures,
            reviewed_for=submission.visibility,
            reviewed_by=list(dict.fromkeys(one.reviewer_name for one in decided.reviews)),
            published_by=submission.approved_by,
            published_by_name=submission.approved_by_name,
            status_at=now(),
        )
        show_release(
            template,
            release,
            document=document,
            visibility=submission.visibility,
            author_name=submission.version.frozen_by_name,
        )
        advance(submission, to=SubmissionStatus.PUBLISHED, allowed={SubmissionStatus.APPROVED})
        release_receipt(
            kind=PUBLISH,
            release=release,
            actor=actor,
            decision=decision,
            visibility=submission.visibility,
            reviews={one.kind: one.reviewer_name for one in decided.reviews},
            approved_by=submission.approved_by_name,
            breaking=release.is_breaking,
        )
        publish_event(
            "release.published",
            subject=str(release.pk),
            by=actor,
            release=f"{release.address}@{release.number}",
            breaking=release.is_breaking,
        )
    return release


def _verify(submission: Submission, signed: Signed) -> None:
    """What is listed is signed: by a key of ours, about this very document."""
    try:
        claim, _ = verify_statement(
            signed_statement(signed.statement, signed.signatures),
            signing_ring().trusted,
            predicate_type=RELEASE_TYPE,
        )
    except (EnvelopeRefused, ValueError, TypeError) as problem:
        raise SignatureInvalid(
            f"This is not signed by this Maestro. {problem}", hint="Sign it anew."
        ) from None
    about = claim["subject"][0]["digest"]["sha256"]
    if f"sha256:{about}" != submission.digest or claim["predicate"].get("submission") != str(
        submission.pk
    ):
        raise SignatureInvalid(
            "What was signed is another document, or of another submission.", hint="Sign it anew."
        )


def _refuse_unapproved(submission: Submission) -> None:
    if submission.status != SubmissionStatus.APPROVED:
        raise IllegalTransition(
            f"This submission is {submission.get_status_display().lower()}, not approved.",
            hint="Load it again and look at its present state.",
            current=submission.status,
            wanted=SubmissionStatus.PUBLISHED.value,
        )


def _moment(at: Any) -> str:
    return "" if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
