"""What the publisher of a release may do with it, on its page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from governance.models import Receipt
from governance.services.verify_receipt import verify_receipt
from maestro.kernel.errors import Problem
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    ask_purpose,
    choices,
    errors_of,
    settings_form,
)
from marketplace.models import Release
from marketplace.pages.listing import release_url
from marketplace.pages.publishing import VISIBILITIES, ask_audience
from marketplace.services.audience import revision_of
from marketplace.services.manage_release import Managed
from marketplace.services.read_release import ReleasePage

ENDING, FINDING = "ending", "finding"
"""The two forms: what becomes of the release, and who finds its template."""
_MODES = (
    ("warn", gettext_noop("Warn: what is installed still runs")),
    ("stop", gettext_noop("Stop: nothing of it starts any more")),
)
_KINDS = {
    "release.publish": gettext_noop("Published"),
    "release.deprecate": gettext_noop("Deprecated"),
    "release.withdraw": gettext_noop("Withdrawn"),
    "release.certify": gettext_noop("Certified"),
}


def managing(
    found: ReleasePage,
    managed: Managed | None,
    given: Mapping[str, str],
    problems: Iterable[Problem] = (),
    *,
    refused: str = "",
    late: bool = False,
) -> dict[str, Any]:
    """The context of `marketplace/_manage.html` and `_receipts.html`; nothing for others.

    `refused` is why nothing was done though the answers were right; `late` says that somebody else
    changed who finds it since the form was made.
    """
    if managed is None:
        return {}
    wrong = tuple(problems)
    asked = given.get("form", "")
    may_end = not (managed.why_not_deprecate and managed.why_not_withdraw)
    ending = _ending(managed, *_of(ENDING, asked, given, wrong)) if may_end else None
    finding = (
        None
        if managed.why_not_update
        else _finding(found, managed, *_of(FINDING, asked, given, wrong))
    )
    is_told = {ENDING: ending, FINDING: finding}.get(asked) is not None
    return {
        "receipts": [_receipt(each) for each in managed.receipts],
        "manage": {
            "url": _act_url(found.release),
            "may_deprecate": not managed.why_not_deprecate,
            "why_not_deprecate": managed.why_not_deprecate,
            "may_withdraw": not managed.why_not_withdraw,
            "why_not_withdraw": managed.why_not_withdraw,
            "ending": ending,
            "finding": finding,
            # A form that came too late stays so: what is there now is looked at before it is changed.
            "at": given.get("at", "")
            if asked == FINDING
            else revision_of(found.template.visibility, managed.audience),
            "refused": refused or ("" if is_told else " ".join(errors_of(wrong).values())),
            "late": late,
            "again": release_url(found.release.publisher, found.release.slug, found.release.number),
        },
    }


def _of(
    form: str, asked: str, given: Mapping[str, str], problems: tuple[Problem, ...]
) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    """What was given to this form and what is wrong with it; nothing of the other."""
    return (given, problems) if form == asked else ({}, ())


def _act_url(release: Release) -> str:
    return reverse(
        "marketplace:release-act", args=[release.publisher, release.slug, release.number]
    )


def _ending(
    managed: Managed, given: Mapping[str, str], problems: tuple[Problem, ...]
) -> SettingsForm:
    errors = errors_of(problems)
    mode = Question(
        "mode",
        _("When it is withdrawn"),
        "radio",
        required=False,
        error=errors.get("mode", ""),
        options=choices([(name, _(label)) for name, label in _MODES], {given.get("mode", "warn")}),
        place=ENDING,
    )
    questions = [
        Question(
            "reason",
            _("Reason"),
            "textarea",
            hint=_("Whoever installed it reads this."),
            error=errors.get("reason", ""),
            value=given.get("reason", ""),
            attrs={"maxlength": "500"},
            place=ENDING,
        ),
        Question(
            "replacement",
            _("Use instead"),
            required=False,
            hint=_("Another release: publisher/slug, or publisher/slug@number."),
            error=errors.get("replacement", ""),
            value=given.get("replacement", ""),
            place=ENDING,
        ),
        *(() if managed.why_not_withdraw else (mode,)),
        ask_purpose(
            given.get("purpose", "platform.operations"), errors.get("purpose", ""), place=ENDING
        ),
    ]
    return settings_form(questions, problems)


def _finding(
    found: ReleasePage,
    managed: Managed,
    given: Mapping[str, str],
    problems: tuple[Problem, ...],
) -> SettingsForm:
    errors = errors_of(problems)
    questions = [
        Question(
            "visibility",
            _("Who finds it"),
            "radio",
            error=errors.get("visibility", ""),
            options=choices(
                [(name, _(label)) for name, label in VISIBILITIES.items()],
                {given.get("visibility", found.template.visibility)},
            ),
            place=FINDING,
        ),
        ask_audience(
            given.get("audience", "\n".join(managed.audience)),
            errors.get("audience", ""),
            place=FINDING,
        ),
        ask_purpose(
            given.get("purpose", "platform.operations"), errors.get("purpose", ""), place=FINDING
        ),
    ]
    return settings_form(questions, problems)


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.pk,
        "url": reverse("tenancy:receipt", args=[receipt.pk]),
        "state": "verified" if verify_receipt(receipt).verified else "invalid",
        "what": _(_KINDS.get(receipt.kind, receipt.kind)),
        "at": receipt.created_at,
        "by": receipt.actor_name,
        "digest": receipt.digest,
    }
