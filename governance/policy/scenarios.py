"""Scenarios: who does what under which circumstances, and what policy is expected to say. Pure.

A file is YAML with a list `scenarios`. Each has a `name`, `who` (what the policy input calls the
subject), `does` (an action), `to` (the resource), `context`, and `expect`: `allow`, `reasons` (codes)
and `obligations`. What is left out is as `USUAL` has it; the resource is of the subject's tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from governance.policy.answer import PolicyAnswer
from governance.policy.rules import SHIPPED, TenantData

USUAL: Mapping[str, Mapping[str, Any]] = {
    "who": {
        "kind": "user", "id": "somebody", "tenant": "acme", "roles": [], "platform_roles": [],
        "teams": [], "attributes": {}, "scopes": None, "grants": [],
    },
    "to": {"type": "", "id": ""},
    "context": {
        "purpose": "", "channel": "api", "environment": "", "region": "",
        "profile": "local_workflow",
    },
}  # fmt: skip
_KEYS = frozenset({"name", "who", "does", "to", "context", "expect"})
_LOOKED_UP = frozenset(
    {"purpose_known", "purpose_in_production", "purpose_allows", *TenantData().facts()}
)
"""What is looked up of a purpose among those that came with the code, and of a tenant that never
limited anything, unless the context says it."""
_EXPECTED = frozenset({"allow", "reasons", "obligations"})


class ScenariosUnreadable(ValueError):
    """Files that are no scenarios; `problems` says everything that is wrong with them."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Decides(Protocol):
    """Either engine."""

    def decide(self, facts: Mapping[str, Any], /) -> PolicyAnswer:
        """See `PolicyEngine.decide`."""
        ...


@dataclass(frozen=True, slots=True)
class Scenario:
    """A question, and the answer that is expected."""

    file: str
    name: str
    facts: Mapping[str, Any]
    allow: bool
    reasons: tuple[str, ...]
    obligations: tuple[Mapping[str, Any], ...]


def read_scenarios(folder: Path) -> list[Scenario]:
    """Every scenario of the `*.yaml` files under `folder`, or in that one file.

    Raises `ScenariosUnreadable` with every problem at once, also when there are none.
    """
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else [folder]
    found: list[Scenario] = []
    problems: list[str] = []
    for path in files:
        try:
            listed = yaml.safe_load(path.read_text())
        except (OSError, ValueError, yaml.YAMLError) as problem:
            problems.append(f"{path.name}: can't be read: {problem}")
            continue
        scenarios = listed.get("scenarios") if isinstance(listed, dict) else None
        if not isinstance(scenarios, list) or set(listed) != {"scenarios"}:
            problems.append(f"{path.name}: a file is one list, called scenarios")
            continue
        for place, written in enumerate(scenarios, start=1):
            wrong = list(_wrong(written))
            problems += [f"{path.name}, scenario {place}: {each}" for each in wrong]
            if not wrong:
                found.append(_scenario(path.name, written))
    if not found and not problems:
        problems.append(f"{folder}: there are no scenarios")
    if problems:
        raise ScenariosUnreadable(*problems)
    return found


def differences(scenario: Scenario, answer: PolicyAnswer) -> list[str]:
    """What policy said otherwise than expected."""
    found = []
    if answer.allow != scenario.allow:
        found.append(f"{_word(answer.allow)}, expected {_word(scenario.allow)}")
    codes = tuple(sorted(reason.code for reason in answer.deny))
    if codes != scenario.reasons:
        found.append(f"reasons {_listed(codes)}, expected {_listed(scenario.reasons)}")
    obligations = tuple(one.as_dict() for one in answer.obligations)
    if obligations != scenario.obligations:
        found.append(f"obligations {list(obligations)}, expected {list(scenario.obligations)}")
    return found


def simulate(engine: Decides, scenarios: list[Scenario]) -> list[tuple[Scenario, list[str]]]:
    """Every scenario that is decided otherwise than expected, with the differences."""
    told = [(one, differences(one, engine.decide(one.facts))) for one in scenarios]
    return [(one, found) for one, found in told if found]


def _wrong(written: Any) -> Iterator[str]:
    if not isinstance(written, dict):
        yield "it is no object"
        return
    yield from (f"there is no key {key}" for key in written if key not in _KEYS)
    if not isinstance(written.get("name"), str):
        yield "it has no name"
    if not isinstance(written.get("does"), str):
        yield "does is the name of an action"
    for part in ("who", "context"):
        given = written.get(part, {})
        if not isinstance(given, dict):
            yield f"{part} is an object"
            continue
        known = {*USUAL[part], *_LOOKED_UP}
        yield from (f"{part} has no key {key}" for key in given if key not in known)
    if not isinstance(written.get("to", {}), dict):
        yield "to is an object"
    expect = written.get("expect")
    if not isinstance(expect, dict) or not isinstance(expect.get("allow"), bool):
        yield "expect says allow: true or allow: false"
        return
    yield from (f"expect has no key {key}" for key in expect if key not in _EXPECTED)
    if expect["allow"] == bool(expect.get("reasons")):
        yield "what is refused has reasons, and what is allowed has none"


def _scenario(file: str, written: Mapping[str, Any]) -> Scenario:
    who = {**USUAL["who"], **written.get("who", {})}
    context = {**USUAL["context"], **written.get("context", {})}
    purpose = SHIPPED.get(str(context["purpose"]))
    context.setdefault("purpose_known", purpose is not None)
    context.setdefault("purpose_in_production", purpose is not None and purpose.in_production)
    context.setdefault("purpose_allows", purpose is None or purpose.allows(str(written["does"])))
    context = {**TenantData().facts(), **context}
    expect = written["expect"]
    return Scenario(
        file=file,
        name=written["name"],
        facts={
            "subject": who,
            "action": written["does"],
            "resource": {**USUAL["to"], "tenant": who["tenant"], **written.get("to", {})},
            "context": context,
        },
        allow=expect["allow"],
        reasons=tuple(sorted(expect.get("reasons", []))),
        obligations=tuple(expect.get("obligations", [])),
    )


def _word(allow: bool) -> str:
    return "allowed" if allow else "refused"


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or "none"
