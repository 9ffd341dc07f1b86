"""A marketplace scenario as it is written: who is there, what they do, how it must end. Pure.

`docs/marketplace-scenarios.md` says what a file holds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

ACTIONS = ("publish", "install", "upgrade", "roll_back", "start", "withdraw", "deprecate", "follow")
_TOP = frozenset({"title", "given", "when", "then"})
_GIVEN = frozenset({"publisher", "tenants", "releases", "installations"})
_EXPECTED = frozenset({"refused", "reasons", "problems"})
_HEAD = {
    "title": "Scenario",
    "description": "For a scenario of the marketplace.",
    "category": "Compliance",
    "risk": "low",
    "owner_team": "Scenarios",
    "tags": [],
    "changelog": "For a scenario.",
}


class ScenarioInvalid(ValueError):
    """The file is no scenario; the message says why."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that is done, and how it must end: `refused` with a code, or done if that is empty.

    `reasons` are codes of policy, `problems` paths, which the refusal must name.
    """

    action: str
    given: Mapping[str, Any]
    refused: str = ""
    reasons: frozenset[str] = frozenset()
    problems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is there before, what is done, and what must be so at the end, by installation's name."""

    title: str
    publisher: str
    tenants: Sequence[str]
    deeds: Sequence[Deed]
    then: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def parse_scenario(text: str) -> Scenario:
    """The scenario in a YAML text. Raises `ScenarioInvalid`."""
    try:
        read = yaml.safe_load(text)
        _only(read, _TOP, "the file")
        given = read["given"]
        _only(given, _GIVEN, "given")
        deeds = [
            *(Deed("publish", one) for one in given.get("releases", ())),
            *(Deed("install", one) for one in given.get("installations", ())),
            *(_deed(one) for one in read["when"]),
        ]
        return Scenario(
            title=str(read["title"]),
            publisher=str(given["publisher"]),
            tenants=[str(one) for one in given.get("tenants", ())],
            deeds=deeds,
            then=dict(read.get("then") or {}),
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as problem:
        raise ScenarioInvalid(f"It can’t be read: {problem}") from None


def document_of(release: Mapping[str, Any]) -> bytes:
    """The workflow document of a release: its `number`, `risk` and `name`, and the document's keys."""
    more = {key: value for key, value in release.items() if key in ("risk", "tags", "changelog")}
    body = {
        key: release[key]
        for key in ("parameters", "secrets", "endpoints", "migrations", "outputs")
        if key in release
    }
    return json.dumps(
        {
            "apiVersion": "maestro/v1",
            "kind": "Workflow",
            "metadata": {
                **_HEAD,
                **more,
                "name": release.get("name", "tried"),
                "version": str(release["number"]),
            },
            "parameters": {"type": "object", "properties": {}},
            **body,
            "steps": release["steps"],
            "examples": [{"title": "As it is", "parameters": release.get("example", {})}],
        }
    ).encode()


def _deed(written: Mapping[str, Any]) -> Deed:
    action = str(written.get("do", ""))
    if action not in ACTIONS:
        raise ScenarioInvalid(f"There is no “do: {action}”; known are {', '.join(ACTIONS)}.")
    given = {key: value for key, value in written.items() if key != "do" and key not in _EXPECTED}
    return Deed(
        action,
        given,
        refused=str(written.get("refused", "")),
        reasons=frozenset(written.get("reasons", ())),
        problems=frozenset(written.get("problems", ())),
    )


def _only(value: Any, known: frozenset[str], where: str) -> None:
    if not isinstance(value, Mapping):
        raise ScenarioInvalid(f"There is nothing in {where}.")
    if unknown := sorted(set(value) - known):
        raise ScenarioInvalid(f"There is no “{unknown[0]}” in {where}.")
