"""The marks of states and kinds. One grammar: a status is a glyph and a word, trust is an outline that
opens its evidence, risk is a filled flag. A glyph without a word beside it says its word to a screen
reader. `switchboard.py` makes them template tags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop

from maestro.kernel.templatetags.words import in_words


@dataclass(frozen=True, slots=True)
class Mark:
    """How a state looks: its glyph in the sprite, its tone, its word in English."""

    glyph: str
    tone: str
    word: str


STATES: Mapping[str, Mark] = {
    "queued": Mark("queued", "off", gettext_noop("Queued")),
    "running": Mark("running", "run", gettext_noop("Running")),
    "waiting": Mark("waiting", "warn", gettext_noop("Waiting")),
    "succeeded": Mark("ok", "ok", gettext_noop("Succeeded")),
    "failed": Mark("failed", "bad", gettext_noop("Failed")),
    "cancelled": Mark("cancelled", "off", gettext_noop("Cancelled")),
    "skipped": Mark("skipped", "off", gettext_noop("Skipped")),
    "paused": Mark("paused", "off", gettext_noop("Paused")),
    "not_started": Mark("queued", "off", gettext_noop("Not started")),
    "allowed": Mark("ok", "ok", gettext_noop("Allowed")),
    "refused": Mark("failed", "bad", gettext_noop("Refused")),
    "needs_approval": Mark("waiting", "warn", gettext_noop("Needs approval")),
    "approved": Mark("ok", "ok", gettext_noop("Approved")),
    "rejected": Mark("failed", "bad", gettext_noop("Rejected")),
    "pending": Mark("waiting", "warn", gettext_noop("Waiting")),
    "expired": Mark("cancelled", "off", gettext_noop("Expired")),
    "verified": Mark("ok", "ok", gettext_noop("Verified")),
    "invalid": Mark("failed", "bad", gettext_noop("Not valid")),
    "done": Mark("ok", "ok", gettext_noop("Done")),
}

_FLAGS: Mapping[str, tuple[str, str, str]] = {  # kind → class, glyph, word
    "certified": ("trust", "seal", gettext_noop("Certified")),
    "trusted": ("trust", "shield", gettext_noop("Trusted")),
    "verified_publisher": ("trust", "publisher", gettext_noop("Verified publisher")),
    "high": ("risk", "risk", gettext_noop("High risk")),
    "breaking": ("risk", "risk", gettext_noop("Breaking")),
    "unhealthy": ("care", "unhealthy", gettext_noop("Unhealthy")),
    "reaches_more": ("care", "unhealthy", gettext_noop("Reaches more")),
    "deprecated": ("gone", "deprecated", gettext_noop("Deprecated")),
    "withdrawn": ("risk", "stop", gettext_noop("Withdrawn")),
    "review_expired": ("care", "risk", gettext_noop("Review expired")),
    "archived": ("gone", "deprecated", gettext_noop("Archived")),
    "medium": ("tag", "", gettext_noop("Medium risk")),
    "low": ("tag", "", gettext_noop("Low risk")),
    "draft": ("tag", "", gettext_noop("Draft")),
    "compatible": ("tag", "", gettext_noop("Compatible")),
}

WORDS = (  # what the filter `words` says besides the states
    *(
        gettext_noop("Viewer"),
        gettext_noop("Operator"),
        gettext_noop("Author"),
        gettext_noop("Admin"),
    ),
    *(
        gettext_noop("Security reviewer"),
        gettext_noop("Performance reviewer"),
        gettext_noop("Docs reviewer"),
    ),
    *(
        gettext_noop("Approver"),
        gettext_noop("Publisher"),
        gettext_noop("Auditor"),
        gettext_noop("Platform admin"),
    ),
)


def mark_of(state: object) -> Mark:
    """How `state` looks; one that is not known looks like nothing in particular."""
    name = str(state)
    return STATES.get(name, Mark("queued", "off", in_words(name)))


def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """A drawing of the sprite. With a `label` it speaks, without one it is for the eye only."""
    said = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" {}><use href="#i-{}"/></svg>',
        f"icon {extra}".strip(),
        mark_safe(said),  # noqa: S308 - built by format_html on the line above
        name,
    )


def status(state: object, word: str = "", *, big: bool = False) -> SafeString:
    """Glyph and word of a state; `word` says more than the state's own."""
    mark = mark_of(state)
    return format_html(
        '<span class="status is-{}{}">{}{}</span>',
        mark.tone,
        " big" if big else "",
        icon(mark.glyph),
        word or gettext(mark.word),
    )


def glyph(state: object, word: str = "", kind: str = "") -> SafeString:
    """The glyph of a state by itself, with its word for a screen reader."""
    mark = mark_of(state)
    classes = f"{kind} is-{mark.tone}".strip()
    return format_html(
        '<span class="{}">{}</span>', classes, icon(mark.glyph, word or gettext(mark.word))
    )


def badge(kind: object, word: str = "", href: str = "") -> SafeString:
    """A badge. With `href` it links to the evidence; a kind that is not known is a plain tag."""
    style, drawing, known = _FLAGS.get(str(kind), ("tag", "", in_words(str(kind))))
    inside = format_html("{}{}", icon(drawing) if drawing else "", word or gettext(known))
    if href:
        return format_html('<a class="badge {}" href="{}">{}</a>', style, href, inside)
    return format_html('<span class="badge {}">{}</span>', style, inside)
