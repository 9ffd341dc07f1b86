"""What the page of a submission shows to those who decide on it, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.capabilities import Capabilities
from catalog.changes import CODES, Change, VersionDiff
from catalog.diff import smallest
from catalog.pages.comparing import changed
from catalog.pages.judging import judging, reaching
from catalog.pages.line_diff import line_diff
from governance.policy.answer import PolicyAnswer
from marketplace.checklists import CONTROLS, REVIEWS, USUAL_CONTROLS
from marketplace.models import Finding, Level, Review, ReviewKind, Submission

MOST_CHANGES = 200
REVIEW_OF = {
    "security": gettext_lazy("Security review"),
    "performance": gettext_lazy("Performance review"),
    "docs": gettext_lazy("Docs review"),
}
_LEVELS = {
    Level.ERROR: (gettext_lazy("Must be mended"), "bad"),
    Level.WARNING: (gettext_lazy("Look at this"), "warn"),
    Level.INFO: (gettext_lazy("For information"), "plain"),
}
_SPLIT = ";"


def reasons_of(row: Any) -> list[tuple[str, str]]:
    """Why a submission waits: (tone, words). `row` has is_first, is_breaking, reaches_more."""
    found = []
    if row.is_first:
        found.append(("plain", _("First release")))
    if row.is_breaking:
        found.append(("bad", _("Breaking")))
    if row.reaches_more:
        found.append(("warn", _("Reaches more")))
    if row.risk == "high":
        found.append(("bad", _("High risk")))
    return found or [("plain", _("A new version"))]


def findings_by_level(submission: Submission, findings: Iterable[Finding]) -> dict[str, Any]:
    """The context of `console/review/_findings.html`."""
    rows = list(findings)
    groups = [
        {"word": str(word), "tone": tone, "rows": [one for one in rows if one.level == level]}
        for level, (word, tone) in _LEVELS.items()
    ]
    return {
        "checked": submission.checked_at is not None,
        "groups": [group for group in groups if group["rows"]],
    }


def what_changes(
    submission: Submission,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    sources: tuple[str, str],
    reached: Capabilities,
) -> dict[str, Any]:
    """What changes against the last release, as it was judged when it was put forward.

    `before` and `after` are the frozen documents, `sources` what was written, `reached` what the
    release before reaches. Without a release before, all that it reaches is new.
    """
    diff = VersionDiff(
        tuple(
            Change(one["code"], one["path"], one["message"], one.get("before"), one.get("after"))
            for one in submission.changes
            if one.get("code") in CODES
        )
    )
    since = submission.compared_with
    shown: dict[str, Any] = {
        "since": since,
        "judged": judging(diff, smallest(since, diff) if since else ""),
        "reaching": reaching(Capabilities.from_json(submission.capabilities), reached, since),
        "source": sources[1],
    }
    if before is not None:
        shown |= changed(before, after, MOST_CHANGES) | {"hunks": line_diff(*sources)}
    return shown


def verdict(title: str, answer: PolicyAnswer) -> dict[str, Any]:
    """What policy would say to whoever looks at the page."""
    return {
        "title": title,
        "allowed": answer.allow,
        "reasons": [{"code": one.code, "message": one.message} for one in answer.deny],
    }


def missing(submission: Submission, done: Sequence[Review], errors: int) -> list[str]:
    """What keeps a submission from being approved, in sentences."""
    found = []
    if submission.checked_at is None:
        found.append(_("The automatic checks have not ended yet."))
    if errors:
        text = ngettext(
            "%(number)s finding must be mended.", "%(number)s findings must be mended.", errors
        )
        found.append(text % {"number": errors})
    passed = {one.kind for one in done if one.decision == "approve"}
    found += [
        _("%(review)s is not done.") % {"review": str(title)}
        for kind, title in REVIEW_OF.items()
        if kind in submission.required_reviews and kind not in passed
    ]
    return found


def decision_form(kind: str, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The form of one review; `typed` is what was sent before, if it was refused."""
    mine = typed if typed.get("what") == "review" and typed.get("kind") == kind else {}
    chosen = set(mine.get("controls", ()))
    usual = USUAL_CONTROLS.get(kind, ())
    names = [*usual, *(name for name in CONTROLS if name not in usual)]
    return {
        "kind": kind,
        "title": str(REVIEW_OF[kind]),
        "items": [
            {
                "index": index,
                "text": _(item.text),
                "hint": _(item.hint),
                "done": f"done-{index}" in mine,
                "note": mine.get(f"note-{index}", ""),
            }
            for index, item in enumerate(REVIEWS[kind])
        ],
        "controls": [
            {"name": name, "text": _(CONTROLS[name]), "chosen": name in chosen} for name in names
        ],
        "other_controls": mine.get("other_controls", ""),
        "links": mine.get("links", ""),
        "rationale": mine.get("rationale", ""),
        "problems": mine.get("problems", {}),
    }


def read_decision(kind: str, sent: Mapping[str, Any], controls: Sequence[str]) -> dict[str, Any]:
    """What `decide_review` is asked, of a form that was sent. `controls` are those ticked."""
    others = [one.strip() for one in str(sent.get("other_controls", "")).split(_SPLIT)]
    return {
        "checklist": [
            {
                "item": item.text,
                "done": f"done-{index}" in sent,
                "note": str(sent.get(f"note-{index}", "")),
            }
            for index, item in enumerate(REVIEWS.get(kind, ()))
        ],
        "controls": [*controls, *filter(None, others)],
        "links": [line.strip() for line in str(sent.get("links", "")).splitlines() if line.strip()],
    }


def kinds_of(submission: Submission) -> list[str]:
    """The reviews that are asked for, in the order of their queues."""
    return [kind.value for kind in ReviewKind if kind.value in submission.required_reviews]
