"""The workflow document, `maestro/v1`: from what an author wrote to what is frozen and run.

    document = parse_document(raw, media_type="application/yaml", manifests=registry().manifests())
    document.digest, document.frozen, document.steps

Pure Python: the engine, the web and the command line read documents through this module alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from catalog.document_checks import CALL, check_document
from catalog.document_findings import Findings, KnownWorkflows
from catalog.document_model import (
    Document,
    Endpoint,
    Example,
    Migration,
    OnError,
    Retry,
    Secret,
    Step,
    load_frozen,
    resolve_parameters,
)
from catalog.document_schema import DOCUMENT_SCHEMA, MAX_FAN_OUT, MAX_STEPS, SCHEMA_PATH
from catalog.durations import format_duration, parse_duration
from catalog.parameters import ParametersInvalid, complete_schema
from catalog.source import read_source
from catalog.source_problems import MAX_BYTES, MAX_DEPTH, DocumentInvalid
from catalog.version_ranges import VersionRange
from connectors.contract import ErrorClass, Manifest
from maestro.kernel.canonical import canonical_bytes

__all__ = [
    "DOCUMENT_SCHEMA",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_FAN_OUT",
    "MAX_STEPS",
    "SCHEMA_PATH",
    "Document",
    "DocumentInvalid",
    "Endpoint",
    "Example",
    "KnownWorkflows",
    "Migration",
    "OnError",
    "ParametersInvalid",
    "Retry",
    "Secret",
    "Step",
    "load_frozen",
    "parse_document",
    "resolve_parameters",
]

_RETRY_ON = sorted(one.value for one in ErrorClass if one.retryable)
_MAX_PARALLEL = 10


def parse_document(
    source: bytes,
    *,
    media_type: str | None = None,
    manifests: Mapping[str, Manifest],
    known_workflows: KnownWorkflows | None = None,
) -> Document:
    """Read, check and freeze a document.

    `media_type` is a Content-Type; without one the text itself tells. `manifests` are the tasks by
    `kind.task@major`. `known_workflows` gives the versions of a workflow that could be called, and
    None for one that does not exist; without it, calls are not looked up. Raises `DocumentInvalid`
    with every problem at once.
    """
    read = read_source(source, media_type)
    findings = Findings(read, manifests, known_workflows)
    check_document(findings)
    findings.raise_if_any()
    frozen, canonical = _canonical(_freeze(read.value, manifests, known_workflows))
    document = Document(frozen, read.text, tuple(findings.warnings))
    document.__dict__["canonical"] = canonical
    return document


def _canonical(value: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The canonical bytes of `value`, and the value as they read.

    It is read back so that a number is the same whether the document comes from here or from a row.
    For most documents the standard library writes what RFC 8785 asks for, six times as fast. It
    differs in numbers with a fraction (§ 3.2.2.3) and in the order of keys beyond U+FFFF (§ 3.2.3).
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    fractions: list[str] = []

    def fraction(digits: str) -> float:
        fractions.append(digits)
        return float(digits)

    frozen: dict[str, Any] = json.loads(text, parse_float=fraction)
    if not fractions and (text.isascii() or max(text) <= "\uffff"):
        return frozen, text.encode()
    canonical = canonical_bytes(value)
    return json.loads(canonical), canonical


def _freeze(
    value: Mapping[str, Any],
    manifests: Mapping[str, Manifest],
    known_workflows: KnownWorkflows | None,
) -> dict[str, Any]:
    """The document with everything said that may be left out."""
    described = {
        key: {name: {"description": "", **part} for name, part in value.get(key, {}).items()}
        for key in ("secrets", "endpoints")
    }
    metadata = {
        "description": "",
        "risk": "medium",
        "owner_team": "",
        "tags": [],
        "changelog": "",
        **value["metadata"],
    }
    # Left out where there is none: what was frozen before there were any keeps its digest.
    migrations = {"migrations": value["migrations"]} if value.get("migrations") else {}
    return {
        "apiVersion": value["apiVersion"],
        "kind": value["kind"],
        "metadata": metadata,
        "parameters": complete_schema(value.get("parameters")),
        **described,
        "steps": [_freeze_step(step, manifests, known_workflows) for step in value["steps"]],
        "templates": value.get("templates", {}),
        "outputs": value.get("outputs", {}),
        "examples": value.get("examples", []),
        **migrations,
    }


def _freeze_step(
    step: Mapping[str, Any],
    manifests: Mapping[str, Manifest],
    known_workflows: KnownWorkflows | None,
) -> dict[str, Any]:
    manifest = manifests[step["task"]]
    frozen = {
        "with": {},
        "needs": [],
        "max_parallel": _MAX_PARALLEL,
        "on_error": "fail",
        **step,
        "retry": _freeze_retry(step.get("retry")),
    }
    if "timeout" in step:
        frozen["timeout"] = format_duration(parse_duration(step["timeout"]))
    elif not manifest.control:
        frozen["timeout"] = format_duration(manifest.default_timeout)
    if step["task"].startswith(CALL):
        frozen["with"] = {"version": _range(step, known_workflows), **frozen["with"]}
    return frozen


def _freeze_retry(retry: Mapping[str, Any] | None) -> dict[str, Any]:
    """Without `retry` a step is tried once; with it three times, unless it says otherwise."""
    given = retry or {}
    return {
        "attempts": given.get("attempts", 1 if retry is None else 3),
        "initial": format_duration(parse_duration(given.get("initial", "1s"))),
        "max": format_duration(parse_duration(given.get("max", "30s"))),
        "on": sorted(given.get("on", _RETRY_ON)),
    }


def _range(step: Mapping[str, Any], known_workflows: KnownWorkflows | None) -> str:
    """The version range of a call that gives none: what is compatible with the newest there is."""
    versions = known_workflows(step["with"]["workflow"]) if known_workflows else None
    newest = VersionRange.parse("*").best(versions or ())
    return f"^{newest}" if newest else "*"
