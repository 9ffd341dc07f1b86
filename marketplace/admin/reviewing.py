"""The page on which a submission is decided: what it reads, and what is done from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from catalog.capabilities import Capabilities, capabilities
from catalog.document import DocumentInvalid
from catalog.models import WorkflowVersion
from catalog.services.read_document import frozen_document
from connectors.registry import registry
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.console import PLATFORM
from maestro.kernel.errors import InvalidInput, MaestroError
from maestro.kernel.tenant import tenant_scope
from marketplace.admin.deciding import identity
from marketplace.models import Finding, Level, Review, ReviewEvidence, Submission
from marketplace.pages.reviewing import (
    REVIEW_OF,
    decision_form,
    findings_by_level,
    kinds_of,
    missing,
    read_decision,
    verdict,
    what_changes,
)
from marketplace.policies import APPROVE, OVERRIDE, REVIEW, submission_resource
from marketplace.services.approve_release import approve_release
from marketplace.services.attach_evidence import attach_evidence
from marketplace.services.decide_review import decide_review
from marketplace.services.end_submission import reject_submission
from marketplace.services.hold_lease import hold_lease
from marketplace.services.review_grants import grants_on


def page_of(row: Submission, actor: Actor, typed: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that the page shows besides the row: six statements, however much there is."""
    findings = list(Finding.objects.using(PLATFORM).filter(submission=row).order_by("id"))
    reviews = list(
        Review.objects.using(PLATFORM)
        .filter(submission=row)
        .select_related("overridden_by")
        .order_by("id")
    )
    evidence = list(
        ReviewEvidence.objects.using(PLATFORM)
        .filter(submission=row)
        .defer("content")
        .order_by("id")
    )
    in_force = [one for one in reviews if not hasattr(one, "overridden_by")]
    errors = sum(one.level == Level.ERROR for one in findings)
    with tenant_scope(row.tenant_id):
        grants = grants_on(actor=actor, template_id=row.template_id)
    told = _Told(row, actor, in_force, errors, grants)
    opened = [kind for kind in kinds_of(row) if told.waits(kind)]
    forms = [decision_form(kind, typed) for kind in opened if told.may_review(kind)]
    return {
        "submission": row,
        "overdue": row.status == "in_review" and row.due_at < now(),
        "findings": findings_by_level(row, findings),
        "changes": _changes(row),
        "reviews": reviews,
        "evidence": evidence,
        "missing": missing(row, in_force, errors) if row.status == "in_review" else [],
        "verdicts": told.verdicts(),
        "forms": forms,
        "approves": told.may_approve,
        "overridable": [one for one in in_force if told.may_override(one)],
        "holding": [form["kind"] for form in forms],
        "review_of": REVIEW_OF,
    }


def look_at(row: Submission, actor: Actor, kinds: list[str]) -> None:
    """Note that the actor looks at it now, and let the row say so."""
    for kind in kinds:
        others = [one for one in getattr(row, "held", ()) if one.kind != kind]
        try:
            lease = hold_lease(actor=actor, submission_id=row.pk, kind=kind, quietly=True)
        except MaestroError:  # a hint that could not be left is no reason not to show the page
            continue
        row.held = [*others, lease]  # type: ignore[attr-defined]


def carry_out(
    actor: Actor, submission_id: UUID, sent: Mapping[str, Any], controls: list[str], file: Any
) -> str:
    """Do what a form of the page asks, by the service; the sentence that says it is done."""
    what, kind = sent.get("what", ""), sent.get("kind", "")
    decision, rationale = sent.get("decision", ""), sent.get("rationale", "")
    if what == "review":
        decide_review(
            actor=actor,
            submission_id=submission_id,
            kind=kind,
            decision=decision,
            rationale=rationale,
            **read_decision(kind, sent, controls),
        )
        return f"{REVIEW_OF[kind]}: decided."
    if what == "override":
        decide_review(
            actor=actor,
            submission_id=submission_id,
            kind=kind,
            decision=decision,
            rationale=rationale,
            overrides=identity(sent.get("overrides", ""), "review"),
        )
        return f"{REVIEW_OF[kind]}: overridden."
    if what == "approve" and decision == "reject":
        reject_submission(actor=actor, submission_id=submission_id, rationale=rationale)
        return "You rejected it."
    if what == "approve":
        approve_release(actor=actor, submission_id=submission_id, rationale=rationale)
        return "You approved it. It is signed and listed within moments."
    if what == "evidence":
        if file is None:
            raise InvalidInput("Choose a file first.")
        content = file.read(_MOST_READ)
        kept = attach_evidence(
            actor=actor, submission_id=submission_id, kind=kind, name=file.name, content=content
        )
        return f"{kept.name} is kept as {kept.media_type}, {kept.size} bytes."
    if what == "lease":
        hold_lease(actor=actor, submission_id=submission_id, kind=kind, take=True)
        return "Others see that you look at it, for 15 minutes."
    raise InvalidInput("Nothing was chosen.", hint="Press one of the buttons.")


_MOST_READ = 5 * 1024 * 1024 + 1  # bytes: one more than is kept


class _Told:
    """What policy says to one person about one submission."""

    def __init__(
        self,
        row: Submission,
        actor: Actor,
        in_force: list[Review],
        errors: int,
        grants: tuple[str, ...],
    ) -> None:
        self.row, self.actor, self.in_force = row, actor, in_force
        passed = [one.kind for one in in_force if one.decision == "approve"]
        self.reviews = {
            kind: preview(
                actor=actor,
                action=REVIEW,
                resource=submission_resource(row, kind=kind),
                grants=grants,
            )
            for kind in kinds_of(row)
        }
        self.approval = preview(
            actor=actor,
            action=APPROVE,
            resource=submission_resource(row, passed=passed, errors=errors),
            grants=grants,
        )
        self.rejection = preview(
            actor=actor,
            action=APPROVE,
            resource=submission_resource(row, passed=REVIEW_OF, errors=0),
            grants=grants,
        )

    def waits(self, kind: str) -> bool:
        return self.row.status == "in_review" and kind not in {one.kind for one in self.in_force}

    def may_review(self, kind: str) -> bool:
        return self.reviews[kind].allow

    @property
    def may_approve(self) -> dict[str, bool]:
        """Whether to show the form at all, and which of its buttons work."""
        if self.row.status != "in_review":
            return {"shown": False, "approve": False}
        ready = self.approval.allow and self.row.checked_at is not None
        return {"shown": self.rejection.allow, "approve": ready}

    def may_override(self, review: Review) -> bool:
        if self.row.status in ("published", "retracted"):
            return False
        resource = submission_resource(self.row, kind=review.kind, decided_by=review.reviewer_id)
        return preview(actor=self.actor, action=OVERRIDE, resource=resource).allow

    def verdicts(self) -> list[dict[str, Any]]:
        if self.row.status != "in_review":
            return []
        reviews = [
            verdict(str(REVIEW_OF[kind]), answer)
            for kind, answer in self.reviews.items()
            if self.waits(kind)
        ]
        return [*reviews, verdict("Approval", self.approval)]


def _changes(row: Submission) -> dict[str, Any]:
    """Against the release before, by one statement."""
    numbers = [row.number, row.compared_with]
    found = WorkflowVersion.objects.using(PLATFORM).filter(
        definition__versions=row.version_id, version__in=numbers
    )
    versions = {one.version: one for one in found}
    after, before = versions[row.number], versions.get(row.compared_with)
    return what_changes(
        row,
        before=_frozen(before) if before else None,
        after=_frozen(after),
        sources=(before.source if before else "", after.source),
        reached=_reached(before),
    )


def _frozen(version: WorkflowVersion) -> Mapping[str, Any]:
    found: Any = version.frozen
    read: Mapping[str, Any] = json.loads(found) if isinstance(found, str) else found
    return read


def _reached(before: WorkflowVersion | None) -> Capabilities:
    if before is None:
        return Capabilities()
    try:
        return capabilities(frozen_document(before), registry().manifests())
    except DocumentInvalid:  # frozen by a Maestro whose format is not read any more
        return Capabilities()
