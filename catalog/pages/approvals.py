"""Who must approve before or while a workflow runs, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.control_tasks import APPROVAL
from catalog.document import Document, Step


@dataclass(frozen=True, slots=True)
class ApprovalNote:
    """One time that it waits for people: how many, who, until when; and the policy that asks.

    `teams` are empty where anybody may who decides in the tenant.
    """

    title: str
    text: str
    code: str = ""
    teams: tuple[str, ...] = ()


def approval_notes(
    document: Document, obligations: Iterable[Mapping[str, Any]] = ()
) -> tuple[ApprovalNote, ...]:
    """What policy asks for first, then the document's own approval steps in their order."""
    asked = [_by_policy(duty) for duty in obligations if duty.get("type") == "require_approval"]
    return (*asked, *(_by_step(step) for step in document.steps if step.task == APPROVAL))


def people(count: object) -> str:
    """`1 person`, `2 people`; “some people” where the number is worked out when it runs."""
    if not isinstance(count, int):
        return _("some people")
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": count}


def _by_policy(duty: Mapping[str, Any]) -> ApprovalNote:
    teams = _teams(duty.get("teams"))
    return ApprovalNote(
        title=_before(duty.get("count", 1)),
        text=_who(teams, duty.get("expires", "72h")),
        code="require_approval",
        teams=teams,
    )


def _by_step(step: Step) -> ApprovalNote:
    teams = _teams(step.with_.get("teams"))
    return ApprovalNote(
        title=_in_step(step.with_.get("count", 1), step.id),
        text=_who(teams, step.with_.get("expires", "72h"), on_condition=step.when is not None),
        teams=teams,
    )


def _before(count: object) -> str:
    if not isinstance(count, int):
        return _("Some people must approve before the first step")
    return ngettext(
        "%(count)s person must approve before the first step",
        "%(count)s people must approve before the first step",
        count,
    ) % {"count": count}


def _in_step(count: object, step: str) -> str:
    if not isinstance(count, int):
        return _("Some people must approve in step %(step)s") % {"step": step}
    return ngettext(
        "%(count)s person must approve in step %(step)s",
        "%(count)s people must approve in step %(step)s",
        count,
    ) % {"count": count, "step": step}


def _who(teams: tuple[str, ...], expires: object, *, on_condition: bool = False) -> str:
    who = _("Anyone who may decide in your tenant")
    if teams:
        who = _("Members of %(teams)s") % {"teams": _(" or ").join(teams)}
    known = isinstance(expires, str) and "${{" not in expires
    if known and on_condition:
        said = _("%(who)s, within %(time)s if its condition holds.")
    elif known:
        said = _("%(who)s, within %(time)s.")
    else:
        said = _("%(who)s if its condition holds.") if on_condition else _("%(who)s.")
    return said % {"who": who, "time": expires}


def _teams(given: object) -> tuple[str, ...]:
    """The teams that are named; one that an expression will name is not known yet."""
    named = given if isinstance(given, list | tuple) else ()
    return tuple(str(team) for team in named)
