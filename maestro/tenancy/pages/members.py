"""Members as their pages show them, and the forms about them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as marked

from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import Option
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    ask_purpose,
    errors_of,
    settings_form,
)

if TYPE_CHECKING:
    from maestro.tenancy.models import Membership

ROLES = (
    ("viewer", marked("Viewer"), marked("Sees workflows, executions and members.")),
    (
        "operator",
        marked("Operator"),
        marked("Also runs workflows, decides approvals and makes tokens."),
    ),
    ("author", marked("Author"), marked("Also writes workflows.")),
    (
        "admin",
        marked("Admin"),
        marked("Also keeps members, secrets, connections and the audit trail."),
    ),
    (
        "installer",
        marked("Installer"),
        marked("A viewer who also installs from the marketplace and runs what is installed."),
    ),
)


@dataclass(frozen=True, slots=True)
class MemberAnswers:
    """What a form about a member was sent with."""

    email: str = ""
    roles: tuple[str, ...] = ()
    teams: str = ""
    purpose: str = ""

    @property
    def team_names(self) -> list[str]:
        """The teams that the text names, separated by commas."""
        return [name.strip() for name in self.teams.split(",") if name.strip()]


def read_member_form(posted: Mapping[str, Sequence[str]]) -> MemberAnswers:
    """What was sent."""

    def first(name: str) -> str:
        return (posted.get(name) or [""])[0].replace("\x00", "").strip()

    return MemberAnswers(
        first("email"), tuple(posted.get("roles", ())), first("teams"), first("purpose")
    )


def answers_of(member: Membership) -> MemberAnswers:
    """What somebody is now."""
    return MemberAnswers(roles=tuple(member.roles), teams=", ".join(member.teams))


def member_form(
    answers: MemberAnswers, problems: Iterable[Problem] = (), *, adds: bool
) -> SettingsForm:
    """The form that adds somebody, or changes what they are."""
    problems = tuple(problems)
    return settings_form(_questions(answers, errors_of(problems), adds), problems)


def _questions(answers: MemberAnswers, texts: Mapping[str, str], adds: bool) -> Iterator[Question]:
    if adds:
        yield Question(
            "email",
            _("E-mail address"),
            "email",
            hint=_("Of somebody who has an account here."),
            error=texts.get("email", ""),
            value=answers.email,
            attrs={"autocomplete": "off", "maxlength": "254"},
        )
    yield Question(
        "roles",
        _("Roles"),
        "checkboxes",
        hint=_("From viewer to admin, each role may do all that those above it may."),
        error=texts.get("roles", ""),
        options=tuple(
            Option(value, _(label), value in answers.roles, _(about))
            for value, label, about in ROLES
        ),
    )
    yield Question(
        "teams",
        _("Teams"),
        required=False,
        hint=_("Separated by commas. Approvals can ask for somebody of a team."),
        error=texts.get("teams", ""),
        value=answers.teams,
        attrs={"autocomplete": "off"},
    )
    yield ask_purpose(answers.purpose, texts.get("purpose", ""))


def member_row(member: Membership, *, viewer: object) -> dict[str, Any]:
    """A member for `settings/members.html`."""
    return {
        "id": member.pk,
        "name": member.user.name or member.user.email,
        "email": member.user.email,
        "roles": [_(label) for value, label, _about in ROLES if value in member.roles],
        "teams": member.teams,
        "since": member.created_at,
        "is_active": member.user.is_active,
        "is_self": member.user_id == viewer,
    }
