"""What other policies would have said to what was asked before. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from governance.policy.answer import POLICY_UNAVAILABLE, PolicyAnswer

MOST_GROUPS = 10_000  # listed one by one; what goes beyond is only counted


class Change(StrEnum):
    """How an answer differs from the one that was given."""

    DENIED = "newly denied"
    ALLOWED = "newly allowed"
    OBLIGED = "other obligations"
    REASONS = "denied for other reasons"


class Decides(Protocol):
    """The draft's engine."""

    def decide(self, facts: Mapping[str, Any], /) -> PolicyAnswer:
        """See `PolicyEngine.decide`."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was recorded, with the bytes of its input; None: none was kept."""

    actor: str
    action: str
    allow: bool
    reasons: Sequence[Mapping[str, str]]
    obligations: Sequence[Mapping[str, Any]]
    asked: bytes | None


@dataclass(frozen=True, slots=True)
class Group:
    """What changes alike: for whom, doing what, and why.

    `reason` is the codes that deny or denied, or the obligations there would be.
    """

    change: Change
    actor: str
    action: str
    reason: str


@dataclass(slots=True)
class Impact:
    """What would change. Memory is bounded, however many decisions are compared.

    `compared` were asked again; `not_kept` could not be, their input was not kept; `undecided` were
    no answer of policy, which could not be asked then. `unlisted` change too, beyond `MOST_GROUPS`.
    """

    compared: int = 0
    not_kept: int = 0
    undecided: int = 0
    unlisted: int = 0
    groups: Counter[Group] = field(default_factory=Counter)

    @property
    def changed(self) -> int:
        """How many decisions would be others."""
        return self.groups.total() + self.unlisted

    @property
    def listed(self) -> list[tuple[Group, int]]:
        """The groups: what is newly denied first, and of each change the most frequent."""
        order = list(Change)
        return sorted(
            self.groups.items(),
            key=lambda one: (
                order.index(one[0].change), -one[1], one[0].actor, one[0].action, one[0].reason
            ),
        )  # fmt: skip

    def add(self, engine: Decides, recorded: Iterable[Recorded]) -> None:
        """Ask `engine` again what was recorded."""
        for one in recorded:
            if POLICY_UNAVAILABLE.code in _codes(one.reasons):
                self.undecided += 1
            elif one.asked is None:
                self.not_kept += 1
            else:
                self.compared += 1
                group = _difference(one, engine.decide(json.loads(one.asked)))
                if group is not None:
                    self._count(group)

    def _count(self, group: Group) -> None:
        if group in self.groups or len(self.groups) < MOST_GROUPS:
            self.groups[group] += 1
        else:
            self.unlisted += 1


def _difference(one: Recorded, answer: PolicyAnswer) -> Group | None:
    would = [reason.as_dict() for reason in answer.deny]
    obliges = [obligation.as_dict() for obligation in answer.obligations]
    if one.allow and not answer.allow:
        return Group(Change.DENIED, one.actor, one.action, ", ".join(_codes(would)))
    if answer.allow and not one.allow:
        return Group(Change.ALLOWED, one.actor, one.action, ", ".join(_codes(one.reasons)))
    if _codes(would) != _codes(one.reasons):
        return Group(Change.REASONS, one.actor, one.action, ", ".join(_codes(would)))
    if obliges != list(one.obligations):
        return Group(Change.OBLIGED, one.actor, one.action, _said(obliges))
    return None


def _codes(reasons: Iterable[Mapping[str, str]]) -> list[str]:
    return sorted({reason["code"] for reason in reasons})


def _said(obligations: Sequence[Mapping[str, Any]]) -> str:
    return (
        ", ".join(
            " ".join(
                [
                    str(one["type"]),
                    *(f"{name}={json.dumps(one[name])}" for name in sorted(one) if name != "type"),
                ]
            )
            for one in obligations
        )
        or "none"
    )
