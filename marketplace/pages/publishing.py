"""The pages of publishing: the request's form, a submission, the list of a tenant's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from governance.audit.verbs import title_of
from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import Option
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    ask_purpose,
    errors_of,
    settings_form,
)
from marketplace.models import ReviewKind, Submission, SubmissionStatus
from marketplace.services.prepare_publish import Prepared
from marketplace.services.read_submissions import SubmissionDetail

VISIBILITIES = {
    "internal-only": gettext_noop("Internal only"),
    "partner-curated": gettext_noop("Named partners"),
    "public-ecosystem": gettext_noop("Everybody"),
}
STATES = {
    SubmissionStatus.IN_REVIEW: ("waiting", gettext_noop("In review")),
    SubmissionStatus.CHANGES_REQUESTED: ("failed", gettext_noop("Changes requested")),
    SubmissionStatus.APPROVED: ("running", gettext_noop("Approved, being published")),
    SubmissionStatus.PUBLISHED: ("done", gettext_noop("Published")),
    SubmissionStatus.REJECTED: ("rejected", gettext_noop("Rejected")),
    SubmissionStatus.RETRACTED: ("cancelled", gettext_noop("Retracted")),
}
STEPS = (
    ("check", gettext_noop("Automatic checks")),
    ("security", gettext_noop("Security review")),
    ("performance", gettext_noop("Performance review")),
    ("docs", gettext_noop("Docs review")),
    ("approve", gettext_noop("Approval")),
    ("sign", gettext_noop("Signature")),
    ("list", gettext_noop("Listing")),
)
LEVELS = {"error": "bad", "warning": "warn", "info": "info"}
DECISIONS = {
    "approve": ("approved", gettext_noop("Approved")),
    "request_changes": ("rejected", gettext_noop("Changes requested")),
    "reject": ("rejected", gettext_noop("Rejected")),
}


def publish_page(
    found: Prepared, given: Mapping[str, str], problems: Iterable[Problem] = ()
) -> dict[str, Any]:
    """The form that asks to publish, and what is known before."""
    definition = found.definition
    chosen = given.get("visibility") or (
        found.template.visibility if found.template else "internal-only"
    )
    return {
        "workflow": {
            "title": definition.title,
            "address": definition.address,
            "url": reverse("catalog:detail", args=[definition.publisher, definition.slug]),
        },
        "version": found.version.version,
        "before": found.compared.before.number if found.compared.before else "",
        "changes": change_lines(found.compared.changes),
        "reach": reach_lines(found.compared.new_capabilities.as_json()),
        "findings": [
            finding_line(one.level, one.code, one.message, one.path, one.hint)
            for one in found.findings
        ],
        "refused": [
            {"message": one.message, "hint": one.hint, "code": one.code}
            for one in found.compared.problems
        ],
        "reviews": [
            {
                "visibility": _(VISIBILITIES[name]),
                "kinds": [_kind(kind) for kind in kinds],
            }
            for name, kinds in found.reviews.items()
        ],
        "why_not": found.refusal.message if found.refusal else "",
        "submission_url": _url(found.submission) if found.submission else "",
        "released": found.released,
        "form": _form(found, given, chosen, tuple(problems)),
    }


def _form(
    found: Prepared, given: Mapping[str, str], chosen: str, problems: Sequence[Problem]
) -> SettingsForm:
    errors = errors_of(problems)
    questions = [
        Question(
            "version",
            _("Version"),
            "select",
            hint=_("What is shown beside is about %(version)s.")
            % {"version": found.version.version},
            error=errors.get("version", errors.get("changelog", "")),
            options=tuple(
                Option(one.version, one.version, one.pk == found.version.pk)
                for one in found.versions
            ),
        ),
        Question(
            "visibility",
            _("Who finds it"),
            "radio",
            error=errors.get("visibility", ""),
            options=tuple(
                Option(name, _(label), name == chosen) for name, label in VISIBILITIES.items()
            ),
        ),
        ask_audience(given.get("audience", ""), errors.get("audience", "")),
        Question(
            "note",
            _("Note to the reviewers"),
            "textarea",
            required=False,
            error=errors.get("note", ""),
            value=given.get("note", ""),
        ),
        ask_purpose(given.get("purpose", "workflow.authoring"), errors.get("purpose", "")),
    ]
    return settings_form(questions, [one for one in problems if one.path != "/changelog"])


def submission_line(row: Submission) -> dict[str, Any]:
    """One of a list."""
    state, word = STATES[SubmissionStatus(row.status)]
    return {
        "title": row.title,
        "number": row.number,
        "url": _url(row),
        "state": state,
        "word": _(word),
        "visibility": _(VISIBILITIES[row.visibility]),
        "risk": row.risk,
        "by": row.requested_by_name,
        "at": row.created_at,
        "due": row.due_at if row.status == SubmissionStatus.IN_REVIEW else None,
    }


def submission_page(
    found: SubmissionDetail, given: Mapping[str, str], problems: Iterable[Problem] = ()
) -> dict[str, Any]:
    """A submission: where it is, what was found and decided, and what one may do now."""
    row = found.submission
    overridden = {review.overrides_id for review in found.reviews}
    return {
        "submission": submission_line(row)
        | {
            "id": row.pk,
            "digest": row.digest,
            "note": row.note,
            "rationale": row.rationale,
            "approved_by": row.approved_by_name,
            "decided_at": row.decided_at,
            "workflow": row.template.address,
            "compared_with": row.compared_with,
        },
        "steps": pipeline_steps(found),
        "pipeline_url": reverse("runtime:execution", args=[row.execution_id])
        if row.execution_id
        else "",
        "live_url": reverse("marketplace:submission-live", args=[row.pk]),
        "is_live": found.is_open,
        "etag": etag_of(found),
        "checked": row.checked_at is not None,
        "findings": [
            finding_line(one.level, one.code, one.message, one.path, one.hint)
            for one in found.findings
        ],
        "reviews": [
            {
                "state": DECISIONS[review.decision][0],
                "kind": _kind(review.kind),
                "word": _(DECISIONS[review.decision][1]),
                "who": review.reviewer_name,
                "at": review.created_at,
                "rationale": review.rationale,
                "controls": review.controls,
                "links": review.links,
                "overridden": review.pk in overridden,
                "overrides": review.overrides_id is not None,
            }
            for review in found.reviews
        ],
        "missing": [_kind(kind) for kind in found.missing] if found.is_open else [],
        "changes": change_lines(row.changes),
        "reach": reach_lines(row.new_capabilities),
        "receipts": [
            {"id": one.pk, "title": title_of(one.kind), "by": one.actor_name, "at": one.created_at}
            for one in found.receipts
        ],
        "may_approve": row.status == SubmissionStatus.IN_REVIEW and found.may_approve is None,
        "approve_why": found.may_approve.message if found.may_approve else "",
        "may_retract": found.is_open and found.may_retract is None,
        "form": _decision(given, tuple(problems), found.may_approve is None),
    }


def etag_of(found: SubmissionDetail) -> str:
    """What tells whether a page still shows what is so."""
    revision = found.execution.revision if found.execution else 0
    row = found.submission
    return f'"{row.status}-{revision}-{len(found.reviews)}-{len(found.findings)}"'


def _decision(
    given: Mapping[str, str], problems: Sequence[Problem], may_approve: bool
) -> SettingsForm:
    errors = errors_of(problems)
    questions = [
        Question(
            "rationale",
            _("Rationale"),
            "textarea",
            required=may_approve,  # what is taken back needs none
            hint=_("Others read it, and auditors do."),
            error=errors.get("rationale", errors.get("reason", "")),
            value=given.get("rationale", ""),
            attrs={"maxlength": "4000"},
        ),
        ask_purpose(given.get("purpose", "platform.operations"), errors.get("purpose", "")),
    ]
    return settings_form(questions, problems)


def pipeline_steps(found: SubmissionDetail) -> list[dict[str, str]]:
    """The steps in their order, each with its state now."""
    row = found.submission
    lines = []
    for name, label in STEPS:
        if name in ReviewKind.values and name not in row.required_reviews:
            continue
        step = found.steps.get(name)
        state = str(step.status) if step else "queued"
        if name in found.decided.passed:
            state = "succeeded"
        lines.append({"state": state, "title": _(label)})
    return lines


def change_lines(changes: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What changed, with what it means."""
    meant = {"breaking": "breaking", "capability": "reaches_more", "compatible": "compatible"}
    return [
        {
            "flag": meant.get(str(one.get("class")), "compatible"),
            "message": str(one.get("message", "")),
            "path": str(one.get("path", "")),
        }
        for one in changes
    ]


def reach_lines(reach: Mapping[str, Sequence[str]]) -> list[tuple[str, Sequence[str]]]:
    """What it reaches, kind by kind; kinds of which there is none are left out."""
    titles = {
        "hosts": _("Hosts"),
        "open_endpoints": _("Endpoints chosen later"),
        "tasks": _("Tasks"),
        "secrets": _("Secrets"),
        "tables": _("Tables"),
        "projects": _("Projects"),
        "channels": _("Channels"),
        "workflows": _("Workflows"),
    }
    return [(title, reach[name]) for name, title in titles.items() if reach.get(name)]


def finding_line(level: str, code: str, message: str, path: str, hint: str) -> dict[str, str]:
    """A finding, as a line."""
    return {
        "tone": LEVELS[level],
        "code": code,
        "message": message,
        "path": path,
        "hint": hint,
    }


def _kind(name: str) -> str:
    """A kind of review in words."""
    return _(str(dict(ReviewKind.choices).get(name, name)))


def _url(row: Submission) -> str:
    return reverse("marketplace:submission", args=[row.pk])


def ask_audience(value: str, error: str, *, place: str = "") -> Question:
    """The partners that may find a template: tenants and groups, one a line."""
    return Question(
        "audience",
        _("Partners"),
        "textarea",
        required=False,
        hint=_(
            "Only for named partners. One a line: a tenant’s short name, or group: and its name."
            " Ask them for it: whether a tenant has it is not told here."
        ),
        error=error,
        value=value,
        place=place,
    )
