"""Who must approve before or while a workflow runs, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
        return "some people"
    return "1 person" if count == 1 else f"{count} people"


def _by_policy(duty: Mapping[str, Any]) -> ApprovalNote:
    teams = _teams(duty.get("teams"))
    return ApprovalNote(
        title=f"{_sentence(people(duty.get('count', 1)))} must approve before the first step",
        text=_who(teams, duty.get("expires", "72h")),
        code="require_approval",
        teams=teams,
    )


def _by_step(step: Step) -> ApprovalNote:
    teams = _teams(step.with_.get("teams"))
    condition = " if its condition holds" if step.when is not None else ""
    return ApprovalNote(
        title=f"{_sentence(people(step.with_.get('count', 1)))} must approve in step {step.id}",
        text=_who(teams, step.with_.get("expires", "72h"), condition),
        teams=teams,
    )


def _who(teams: tuple[str, ...], expires: object, condition: str = "") -> str:
    who = f"Members of {' or '.join(teams)}" if teams else "Anyone who may decide in your tenant"
    limit = "" if not isinstance(expires, str) or "${{" in expires else f", within {expires}"
    return f"{who}{limit}{condition}."


def _teams(given: object) -> tuple[str, ...]:
    """The teams that are named; one that an expression will name is not known yet."""
    named = given if isinstance(given, list | tuple) else ()
    return tuple(str(team) for team in named)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
