"""Tokens as their page shows them, and the form that makes one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from maestro.kernel.errors import Problem
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    ask_purpose,
    choices,
    errors_of,
    settings_form,
)

if TYPE_CHECKING:
    from maestro.tenancy.models import ApiToken

EVERYTHING, CHOSEN = "all", "chosen"
LIVES = timedelta(days=90)  # what is offered first; a token that never ends is never missed


@dataclass(frozen=True, slots=True)
class TokenAnswers:
    """What the form was sent with; `problems` are those of what could not be understood."""

    name: str = ""
    reach: str = CHOSEN
    scopes: tuple[str, ...] = ()
    expires: str = ""
    expires_at: datetime | None = None
    purpose: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def wanted(self) -> list[str] | None:
        """The scopes for the service: None is all that the person may do."""
        return None if self.reach == EVERYTHING else list(self.scopes)


def first_answers(today: date) -> TokenAnswers:
    """The form as it is first shown."""
    return TokenAnswers(expires=(today + LIVES).isoformat())


def read_token_form(posted: Mapping[str, Sequence[str]], *, zone: tzinfo) -> TokenAnswers:
    """What was sent. An expiry is a date: the token works until that day ends in `zone`."""

    def first(name: str) -> str:
        return (posted.get(name) or [""])[0].replace("\x00", "").strip()

    problems = []
    name, reach, scopes = first("name"), first("reach"), tuple(posted.get("scopes", ()))
    if len(name) > 80:
        problems.append(Problem("/name", "A name has at most 80 characters.", "too_long"))
    if reach not in (EVERYTHING, CHOSEN):
        problems.append(Problem("/reach", "Say how far the token reaches.", "required"))
    elif reach == EVERYTHING and scopes:
        message = "Untick these, or choose that only these are covered."
        problems.append(Problem("/scopes", message, "contradiction"))
    expires, expires_at = first("expires_at"), None
    try:
        if expires:
            following = date.fromisoformat(expires) + timedelta(days=1)
            expires_at = datetime.combine(following, time(), tzinfo=zone)
    except (ValueError, OverflowError):
        problems.append(
            Problem("/expires_at", "This is no date. Write it as 2027-01-31.", "invalid_date")
        )
    return TokenAnswers(name, reach, scopes, expires, expires_at, first("purpose"), tuple(problems))


def token_form(
    answers: TokenAnswers, problems: Iterable[Problem] = (), *, scopes: Iterable[str]
) -> SettingsForm:
    """The form with the answers in it, and each of `problems` at its question."""
    problems = tuple(problems)
    texts = errors_of(problems)
    questions = [
        Question(
            "name",
            _("Name"),
            hint=_("What will use it, to know it by later."),
            error=texts.get("name", ""),
            value=answers.name,
            attrs={"maxlength": "80", "autocomplete": "off"},
        ),
        Question(
            "reach",
            _("What it may do"),
            "radio",
            error=texts.get("reach", ""),
            options=choices(
                [
                    (CHOSEN, _("Only what is ticked below")),
                    (EVERYTHING, _("All that I may do here")),
                ],
                {answers.reach},
            ),
        ),
        Question(
            "scopes",
            _("Scopes"),
            "checkboxes",
            required=False,
            hint=_(
                "A family, such as execution.*, covers all its actions. "
                "No scope gives more than your roles do."
            ),
            error=texts.get("scopes", ""),
            options=choices(
                [(scope, scope) for scope in by_family(scopes)], frozenset(answers.scopes)
            ),
        ),
        Question(
            "expires_at",
            _("Works until"),
            "date",
            required=False,
            hint=_("The end of that day. Left empty, it works until it is revoked."),
            error=texts.get("expires_at", ""),
            value=answers.expires,
        ),
        ask_purpose(answers.purpose, texts.get("purpose", "")),
    ]
    return settings_form(questions, problems)


def by_family(scopes: Iterable[str]) -> list[str]:
    """Each family before its actions."""
    return sorted(
        scopes, key=lambda scope: (scope.partition(".")[0], not scope.endswith(".*"), scope)
    )


def token_row(token: ApiToken, *, moment: datetime, viewer: object) -> dict[str, Any]:
    """A token for `settings/tokens.html`."""
    ended = token.expires_at is not None and token.expires_at <= moment
    state = "revoked" if token.revoked_at else "expired" if ended else "active"
    return {
        "id": token.pk,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "person": token.user.name or token.user.email,
        "is_own": token.user_id == viewer,
        "state": state,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "revoked_at": token.revoked_at,
    }
