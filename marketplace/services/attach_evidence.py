from __future__ import annotations

import json
from uuid import UUID

from django.db import IntegrityError, transaction

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from marketplace.models import ReviewEvidence, ReviewKind, SubmissionStatus
from marketplace.policies import REVIEW, submission_resource
from marketplace.services.decide_review import NotInReview
from marketplace.services.find_submission import locked_submission, tenant_of_submission
from marketplace.services.review_grants import grants_on

LARGEST = 5 * 1024 * 1024  # bytes
MOST_FILES = 20  # of a submission
LONGEST_NAME = 200
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
)


def attach_evidence(
    *, actor: Actor, submission_id: UUID, kind: str, name: str, content: bytes
) -> ReviewEvidence:
    """Put a file beside a review of a submission in review; the same file again is the same row.

    At most 5 MiB of PDF, PNG, JPEG, ZIP, gzip, JSON or UTF-8 text: told by the bytes, never by the
    name or by what the sender says. Raises `Denied`, `NotFound`, `NotInReview`, `InvalidInput` with
    every problem.
    """
    tenant_id = tenant_of_submission(
        actor=actor, submission_id=submission_id, action=REVIEW, kind=kind
    )
    with tenant_scope(tenant_id):
        submission = locked_submission(tenant_id, submission_id)
        authorize(
            actor=actor,
            action=REVIEW,
            resource=submission_resource(submission, kind=kind),
            grants=grants_on(actor=actor, template_id=submission.template_id),
        )
        if submission.status != SubmissionStatus.IN_REVIEW:
            raise NotInReview(
                "This submission is not in review any more.", hint="Its evidence stands as it is."
            )
        media_type = media_type_of(content[: LARGEST + 1])
        digest = digest_bytes(content)
        files = ReviewEvidence.objects.filter(submission=submission)
        before = files.filter(kind=kind, digest=digest).first()
        if before is not None:
            return before
        problems = _problems(kind, content, media_type)
        if files.count() >= MOST_FILES:
            problems.append(
                Problem("/file", f"At most {MOST_FILES} files of a submission.", "too_many")
            )
        if problems:
            raise InvalidInput("The file can't be kept like this.", problems=problems)
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id review
        try:
            with transaction.atomic():
                return ReviewEvidence.objects.create(
                    tenant_id=tenant_id,
                    submission=submission,
                    kind=kind,
                    name=file_name(name),
                    media_type=media_type,
                    size=len(content),
                    digest=digest,
                    content=content,
                    uploaded_by=actor.id,
                    uploaded_by_name=actor.name or actor.email,
                )
        except IntegrityError:  # sent twice at once
            return files.get(kind=kind, digest=digest)


def media_type_of(content: bytes) -> str:
    """What the bytes are, among what is kept; empty for anything else."""
    for beginning, media_type in _BEGINNINGS:
        if content.startswith(beginning):
            return media_type
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    if any(character < " " and character not in "\t\n\r\f" for character in text):
        return ""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "text/plain"
    return "application/json"


def file_name(name: str) -> str:
    """The last part of a name that somebody sent, without what is not for reading."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(filter(str.isprintable, last)).strip(" .")
    return kept[-LONGEST_NAME:] or "evidence"


def _problems(kind: str, content: bytes, media_type: str) -> list[Problem]:
    problems = []
    if kind not in ReviewKind.values:
        known = ", ".join(ReviewKind.values)
        problems.append(Problem("/kind", f"Choose one of {known}.", "unknown_choice"))
    if not content:
        problems.append(Problem("/file", "The file is empty.", "required"))
    elif len(content) > LARGEST:
        problems.append(Problem("/file", "At most 5 MiB.", "too_large", "Link to it instead."))
    elif not media_type:
        text = "Send a PDF, PNG, JPEG, ZIP, gzip, JSON or UTF-8 text."
        problems.append(Problem("/file", text, "unknown_type", "The name says nothing."))
    return problems
