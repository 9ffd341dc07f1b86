"""What a policy engine answers, and how its raw answer is read: strictly, or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from maestro.kernel.errors import Reason
from maestro.kernel.strict_json import read_strictly

POLICY_UNAVAILABLE = Reason(
    code="policy_unavailable",
    message="Policy could not be asked, so the answer is no. Try again, then ask the platform.",
    control="SOC2:CC7.4, ISO27001:A.8.26",
)
KNOWN_OBLIGATIONS = frozenset({"require_approval", "require_reviews"})
"""What the services know how to carry out. An obligation nobody would carry out is a no."""

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


class MalformedAnswer(ValueError):
    """The engine said something that is no decision."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """What must also be done when the action is done."""

    type: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, Any]:
        """The obligation as JSON."""
        return {"type": self.type, **self.params}


@dataclass(frozen=True, slots=True)
class PolicyAnswer:
    """Allowed, or refused for `deny`'s reasons. `revision` names the policies that were asked."""

    allow: bool
    deny: tuple[Reason, ...]
    obligations: tuple[Obligation, ...]
    revision: str


def unavailable(revision: str) -> PolicyAnswer:
    """The answer when there is none."""
    return PolicyAnswer(False, (POLICY_UNAVAILABLE,), (), revision)


def read_answer(raw: str, revision: str) -> PolicyAnswer:
    """The answer in the text `{"expressions": [decision]}`, reasons ordered by code.

    rego-cpp prints a text as it was handed over, and escapes nothing: texts are handed over escaped
    (`Compiled`). Should one pose as JSON all the same, a repeated or unknown name is refused here.
    Raises `MalformedAnswer`, or `ValueError` for what is no JSON.
    """
    if raw == "undefined":
        raise MalformedAnswer("undefined")
    document = read_strictly(raw.encode())
    if not isinstance(document, dict) or set(document) != {"expressions"}:
        raise MalformedAnswer("no single result")
    expressions = document["expressions"]
    if not isinstance(expressions, list) or len(expressions) != 1:
        raise MalformedAnswer("no single result")
    return read_decision(expressions[0], revision)


def read_decision(decision: object, revision: str) -> PolicyAnswer:
    """The answer in what the rule `decision` gave. Raises `MalformedAnswer`."""
    if not isinstance(decision, dict) or set(decision) != {"allow", "deny", "obligations"}:
        raise MalformedAnswer("no decision")
    allow, deny, obligations = decision["allow"], decision["deny"], decision["obligations"]
    if not (isinstance(allow, bool) and isinstance(deny, list) and isinstance(obligations, list)):
        raise MalformedAnswer("no decision")
    if allow == bool(deny) or (obligations and not allow):
        raise MalformedAnswer("a decision that contradicts itself")
    return PolicyAnswer(
        allow=allow,
        deny=tuple(sorted(map(_reason, deny), key=lambda reason: (reason.code, reason.message))),
        obligations=tuple(sorted(map(_obligation, obligations), key=lambda one: one.type)),
        revision=revision,
    )


def _reason(value: object) -> Reason:
    if not isinstance(value, dict) or set(value) != {"code", "message", "control"}:
        raise MalformedAnswer("no reason")
    code, message, control = value["code"], value["message"], value["control"]
    if not all(isinstance(text, str) for text in (code, message, control)):
        raise MalformedAnswer("no reason")
    if not _CODE.fullmatch(code):
        raise MalformedAnswer("a code that is none")
    return Reason(code, message, control)


def _obligation(value: object) -> Obligation:
    if not isinstance(value, dict) or value.get("type") not in KNOWN_OBLIGATIONS:
        raise MalformedAnswer("an obligation that nobody carries out")
    params = {name: item for name, item in value.items() if name != "type"}
    return Obligation(value["type"], MappingProxyType(params))
