"""What policies say of themselves, for people: packages, reasons and the controls they serve. Pure.

Packages are told by their METADATA (OPA's documentation, "Policy Language", § Annotations), reasons
by what `data.maestro.reasons` gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from governance.policy.answer import POLICY_UNAVAILABLE
from governance.policy.bundle import Bundle
from governance.policy.references import AGREED
from governance.policy.rego_cpp import Compiled

_METADATA = re.compile(r"\A# METADATA\n((?:#[^\n]*\n)+)package ([\w.]+)", re.MULTILINE)
_RULE = re.compile(r"^([a-z]\w*) :=", re.MULTILINE)
CONTROLS: Mapping[str, str] = {
    "SOC2:CC5.1": "Control activities that mitigate risks",
    "SOC2:CC6.1": "Logical access security",
    "SOC2:CC6.3": "Access by role, least privilege and segregation of duties",
    "SOC2:CC6.6": "Protection against what lies outside the boundary",
    "SOC2:CC6.7": "Where information is moved to",
    "SOC2:CC6.8": "Software that nobody authorized",
    "SOC2:CC7.1": "Detection of vulnerabilities",
    "SOC2:CC7.4": "Response to security incidents",
    "SOC2:CC8.1": "Change management",
    "SOC2:CC9.2": "Risks of vendors and partners",
    "SOC2:A1.1": "Capacity",
    "SOC2:P4.1": "Use of personal information for stated purposes",
    "ISO27001:A.5.3": "Segregation of duties",
    "ISO27001:A.5.14": "Information transfer",
    "ISO27001:A.5.15": "Access control",
    "ISO27001:A.5.16": "Identity management",
    "ISO27001:A.5.17": "Authentication information",
    "ISO27001:A.5.18": "Access rights",
    "ISO27001:A.5.21": "Information security in the ICT supply chain",
    "ISO27001:A.5.26": "Response to incidents",
    "ISO27001:A.5.34": "Privacy and protection of personal information",
    "ISO27001:A.8.2": "Privileged access rights",
    "ISO27001:A.8.3": "Information access restriction",
    "ISO27001:A.8.6": "Capacity management",
    "ISO27001:A.8.19": "Installation of software on operational systems",
    "ISO27001:A.8.20": "Networks security",
    "ISO27001:A.8.23": "Web filtering",
    "ISO27001:A.8.26": "Application security requirements",
    "ISO27001:A.8.29": "Security testing in development and acceptance",
    "ISO27001:A.8.31": "Separation of development, test and production",
    "ISO27001:A.8.32": "Change management of information systems",
}
"""SOC 2: trust services criteria of 2017; ISO 27001: ISO/IEC 27001:2022, annex A."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package of policies."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code, and every sentence that it may come with."""

    code: str
    messages: tuple[str, ...]
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action, who in a tenant may do it, and who may for the platform.

    `roles` are the least of those that stand in a row, and the narrow ones beside them: with
    "(installed)" for what is installed alone.
    """

    name: str
    kind: str
    roles: tuple[str, ...]
    platform_roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """All of it, in the order to show it in."""

    revision: str
    packages: tuple[Package, ...]
    refusals: tuple[Refusal, ...]
    actions: tuple[Action, ...]

    @property
    def controls(self) -> list[tuple[str, str, list[str]]]:
        """Each control, what it is called, and the codes that serve it."""
        served: dict[str, list[str]] = {}
        for refusal in self.refusals:
            for control in refusal.controls:
                served.setdefault(control, []).append(refusal.code)
        return [(name, CONTROLS.get(name, ""), served[name]) for name in sorted(served, key=_order)]


def reference_of(bundle: Bundle) -> Reference:
    """What the policies in `bundle` say of themselves. They were compiled before."""
    tables = bundle.data.get("maestro", {}).get("tables", {})
    platform: Mapping[str, list[str]] = tables.get("platform", {})
    narrow: Mapping[str, Mapping[str, list[str]]] = tables.get("also", {})
    return Reference(
        revision=bundle.revision,
        packages=tuple(_packages(bundle)),
        refusals=tuple(_refusals(bundle)),
        actions=tuple(
            Action(
                name=name,
                kind=str(action.get("kind", "")),
                roles=(str(action.get("role", "")), *_narrow(narrow, name)),
                platform_roles=tuple(sorted(r for r, may in platform.items() if name in may)),
            )
            for name, action in sorted(tables.get("actions", {}).items())
        ),
    )


def as_markdown(reference: Reference) -> str:
    """The page docs/policies.md."""
    lines = [
        "# Policies",
        "",
        "Made by `manage.py policy reference` from the policies themselves; don't edit it.",
        "",
        "## Reasons",
        "",
        "Why something is refused. The code never changes its meaning; the sentence may.",
        "",
        "| code | what it says | controls |",
        "| --- | --- | --- |",
    ]
    for refusal in reference.refusals:
        said, controls = "<br>".join(refusal.messages), ", ".join(refusal.controls)
        lines.append(f"| `{refusal.code}` | {said} | {controls} |")
    lines += ["", "## Controls", "", "| control | is about | codes |", "| --- | --- | --- |"]
    for name, title, codes in reference.controls:
        lines.append(f"| {name} | {title} | {', '.join(f'`{code}`' for code in codes)} |")
    lines += [
        "",
        "## Actions",
        "",
        "The least role of a tenant that may do it, the narrow roles that may too (*installed*: of what"
        " is installed alone), and who may in every tenant for the platform. A *write* or *execute*"
        " must say its purpose.",
        "",
        "| action | kind | role | platform |",
        "| --- | --- | --- | --- |",
    ]
    for action in reference.actions:
        who = ", ".join(action.platform_roles) or "–"
        lines.append(f"| `{action.name}` | {action.kind} | {', '.join(action.roles)} | {who} |")
    lines += [
        "",
        "## What policies may call",
        "",
        "Besides rules of their own, the built-in functions that OPA and the engine in process answer"
        " alike. Others are refused when a set of policies is built or activated.",
        "",
        ", ".join(f"`{name}`" for name in sorted(AGREED)),
        "",
        "`count` is for collections: of a text, the engines count an escaped letter differently. Compare"
        " with `<` and `>` what is a number for sure (`is_number`): they order values of different types"
        " differently. What several `some` go through comes in no order that both keep: put it in a set.",
        "",
        "## Packages",
        "",
    ]
    for package in reference.packages:
        lines += [f"### {package.title}", "", f"`{package.name}`", "", package.description, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _narrow(also: Mapping[str, Mapping[str, list[str]]], action: str) -> Iterator[str]:
    for role, may in sorted(also.items()):
        if action in may.get("anywhere", ()):
            yield role
        elif action in may.get("installed", ()):
            yield f"{role} (installed)"


def _packages(bundle: Bundle) -> Iterator[Package]:
    for _, source in sorted(bundle.modules.items()):
        found = _METADATA.search(source)
        if found:
            written = "\n".join(line[2:] for line in found[1].splitlines())
            said: Any = yaml.safe_load(written) or {}
            title, text = str(said.get("title", "")), str(said.get("description", ""))
            yield Package(found[2], title, " ".join(text.split()))


def _refusals(bundle: Bundle) -> Iterator[Refusal]:
    source = bundle.modules.get("reasons.rego", "")
    rules = [f"maestro/reasons/{rule}" for rule in _RULE.findall(source)]
    compiled = Compiled({"reasons.rego": source}, {}, rules)
    found: dict[str, list[Mapping[str, str]]] = {}
    for rule in rules:
        [value] = json.loads(compiled.answer(rule, {}))["expressions"]
        for one in [value] if "code" in value else value.values():
            found.setdefault(one["code"], []).append(one)
    last = POLICY_UNAVAILABLE.as_dict()
    found.setdefault(last["code"], []).append(last)
    for code, ones in sorted(found.items()):
        controls = {control for one in ones for control in one["control"].split(", ")}
        messages = tuple(one["message"] for one in ones)
        yield Refusal(code, messages, tuple(sorted(controls, key=_order)))


def _order(control: str) -> tuple[bool, list[tuple[int, str]]]:
    """SOC 2 first, and numbers by their value."""
    parts = re.split(r"(\d+)", control)
    return not control.startswith("SOC2"), [
        (int(part) if part.isdigit() else -1, part) for part in parts
    ]
