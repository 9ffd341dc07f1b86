"""Whether the migrations of a document can lead to what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.document_findings import Findings
from catalog.expressions import ExpressionInvalid, Template
from catalog.shape import did_you_mean
from catalog.source_problems import Path
from catalog.version_ranges import VersionRange


def check_migrations(findings: Findings, schema: Mapping[str, Any]) -> None:
    """Report ranges that say nothing, names that this version has not, expressions that see more.

    `schema` is the document's parameters, completed.
    """
    rules = findings.value.get("migrations")
    if not isinstance(rules, list):
        return
    # A schema that is composed may know names that do not stand in `properties`.
    closed = schema.get("additionalProperties") is False
    known = {
        "rename": set(schema["properties"]) if closed else None,
        "set": set(schema["properties"]) if closed else None,
        "default": set(schema["properties"]) if closed else None,
        "secrets": set(findings.part("secrets")),
        "endpoints": set(findings.part("endpoints")),
    }
    for index, rule in enumerate(rules):
        at: Path = ("migrations", index)
        if not isinstance(rule, Mapping) or findings.has_problem_at(at):
            continue
        _check_range(findings, (*at, "from"), rule["from"])
        for key in ("rename", "secrets", "endpoints"):
            names = rule.get(key, {})
            for old, new in names.items():
                _check_name(findings, (*at, key, old), new, known[key])
            if len(set(names.values())) < len(names):
                message = f"Two names of {key} become the same one."
                findings.report((*at, key), "migration_conflict", message, "Keep one of them.")
        for key in ("set", "default"):
            for name, value in rule.get(key, {}).items():
                _check_name(findings, (*at, key, name), name, known[key])
                _check_value(findings, (*at, key, name), value)


def _check_range(findings: Findings, at: Path, text: str) -> None:
    try:
        VersionRange.parse(text)
    except ValueError as problem:
        findings.report(at, "range_invalid", str(problem), 'Write a range such as "<3.0.0".')


def _check_name(findings: Findings, at: Path, name: str, known: set[str] | None) -> None:
    if known is None or name in known:
        return
    findings.report(
        at,
        "unknown_migration_target",
        f"This version has no {name}.",
        did_you_mean(name, known) or "Name what this version asks for.",
    )


def _check_value(findings: Findings, at: Path, value: Any) -> None:
    try:
        found = Template.parse(value)
    except ExpressionInvalid as problem:
        findings.report(at, problem.code, problem.message, problem.hint)
        return
    for one in found.references:
        if one.root != "params":
            findings.report(
                at,
                "migration_sees_params",
                f"A migration sees params alone, not {one.root}.",
                "Compute it from what the installation was given: ${{ params.name }}.",
            )
