"""The workflow document's own JSON Schema (2020-12), served to editors and used to check documents.

It is one truth for both: `catalog.shape` reads the same keywords that an editor reads.
"""

from __future__ import annotations

from typing import Any

from catalog.durations import PATTERN as DURATION_PATTERN
from connectors.contract import ErrorClass

SCHEMA_PATH = "/schemas/maestro/v1/workflow.json"
"""Where the schema is served; its `$id`."""

API_VERSION = "maestro/v1"
MAX_STEPS = 2_000
MAX_FAN_OUT = 10_000
MAX_PARALLEL = 50
MAX_ATTEMPTS = 10

CATEGORIES = ("HR", "FinOps", "Security", "Compliance")
RISKS = ("low", "medium", "high")
ON_ERROR = ("fail", "continue", "collect")

NAME_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
IDENTIFIER_PATTERN = r"^[a-z][a-z0-9_]*$"
TASK_PATTERN = r"^[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+@[1-9][0-9]*$"
# Semantic Versioning 2.0.0, § 2, 9 and 10.
SEMVER_PATTERN = (
    r"^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$"
)


def _text(title: str, description: str, limit: int, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "type": "string",
        "maxLength": limit,
        **more,
    }


def _names(title: str, description: str, item: dict[str, Any]) -> dict[str, Any]:
    """An object whose keys are identifiers."""
    return {
        "title": title,
        "description": description,
        "type": "object",
        "maxProperties": 200,
        "propertyNames": {"pattern": IDENTIFIER_PATTERN, "maxLength": 64},
        "additionalProperties": item,
    }


_DURATION: dict[str, Any] = {
    "title": "Duration",
    "description": "A whole number and one of ms, s, m, h.",
    "type": "string",
    "pattern": DURATION_PATTERN,
    "examples": ["250ms", "20s", "5m", "72h"],
}

_METADATA: dict[str, Any] = {
    "title": "Metadata",
    "description": "What the workflow is called and who answers for it.",
    "type": "object",
    "required": ["name", "title", "version"],
    "additionalProperties": False,
    "properties": {
        "name": _text(
            "Name",
            "The workflow's slug, unique in its tenant.",
            63,
            pattern=NAME_PATTERN,
            examples=["offboard-employee"],
        ),
        "title": _text("Title", "What people read in lists.", 120, minLength=1),
        "version": _text(
            "Version",
            "Semantic version; it must be at least what the change asks for.",
            64,
            pattern=SEMVER_PATTERN,
            examples=["1.0.0"],
        ),
        "description": _text(
            "Description", "What it does, for the one who runs it.", 4000, default=""
        ),
        "category": {
            "title": "Category",
            "description": "Where the catalog lists it.",
            "enum": list(CATEGORIES),
        },
        "risk": {
            "title": "Risk",
            "description": "How much harm a wrong run does.",
            "enum": list(RISKS),
            "default": "medium",
        },
        "owner_team": _text("Owner", "The team that answers for it.", 80, default=""),
        "tags": {
            "title": "Tags",
            "description": "Use cases by which people find it.",
            "type": "array",
            "maxItems": 20,
            "uniqueItems": True,
            "default": [],
            "items": _text("Tag", "A use case.", 40, pattern=NAME_PATTERN, examples=["leaver"]),
        },
        "changelog": _text("Changelog", "What is new in this version.", 4000, default=""),
    },
}

_RETRY: dict[str, Any] = {
    "title": "Retry",
    "description": "How often, and after what, the step is tried again.",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "attempts": {
            "title": "Attempts",
            "description": "How often in all, the first included.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_ATTEMPTS,
            "default": 3,
        },
        "initial": {
            **_DURATION,
            "title": "First pause",
            "description": "The longest pause before the second attempt; it doubles each time.",
            "default": "1s",
        },
        "max": {
            **_DURATION,
            "title": "Longest pause",
            "description": "No pause is longer than this.",
            "default": "30s",
        },
        "on": {
            "title": "On",
            "description": "The error classes after which it is tried again.",
            "type": "array",
            "uniqueItems": True,
            "items": {"enum": [one.value for one in ErrorClass]},
            "default": sorted(one.value for one in ErrorClass if one.retryable),
        },
    },
}

_STEP: dict[str, Any] = {
    "title": "Step",
    "description": "One task with what it is given, when it runs, and what happens when it fails.",
    "type": "object",
    "required": ["id", "task"],
    "additionalProperties": False,
    "properties": {
        "id": _text(
            "Id",
            "How other steps and expressions name it.",
            64,
            pattern=IDENTIFIER_PATTERN,
            examples=["find_accounts"],
        ),
        "task": _text(
            "Task",
            "What it does: kind.task@major.",
            128,
            pattern=TASK_PATTERN,
            examples=["http.request@1", "core.approval@1", "email.send@1"],
        ),
        "with": {
            "title": "With",
            "description": "What the task is given; any value may be a ${{ … }} expression.",
            "type": "object",
            "default": {},
        },
        "needs": {
            "title": "Needs",
            "description": "The steps that must have ended well before.",
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "maxLength": 64},
            "default": [],
        },
        "when": {
            "title": "When",
            "description": "A ${{ … }} expression; the step is skipped where it is false.",
            "type": ["string", "boolean"],
            "examples": ["${{ params.notify }}"],
        },
        "for_each": {
            "title": "For each",
            "description": "A list, or an expression that gives one; the step runs once an item.",
            "type": ["string", "array"],
            "maxItems": MAX_FAN_OUT,
            "examples": ["${{ steps.find.output.body }}"],
        },
        "max_parallel": {
            "title": "In parallel",
            "description": "How many items of for_each run at once.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_PARALLEL,
            "default": 10,
        },
        "timeout": {
            **_DURATION,
            "title": "Time-out",
            "description": "How long one attempt may take; the task's own default if left out.",
        },
        "retry": _RETRY,
        "on_error": {
            "title": "On error",
            "description": "fail: stop; continue: go on; collect: go on, then fail with all of it.",
            "enum": list(ON_ERROR),
            "default": "fail",
        },
    },
}


def _renames(title: str, description: str) -> dict[str, Any]:
    return _names(title, description, {"type": "string", "maxLength": 64})


_MIGRATION: dict[str, Any] = {
    "title": "Migration",
    "description": "How what an installation of an older version was given becomes this version's.",
    "type": "object",
    "required": ["from"],
    "additionalProperties": False,
    "properties": {
        "from": _text(
            "From", "The versions it is for, a range.", 100, minLength=1, examples=["<3.0.0"]
        ),
        "rename": _renames("Rename", "Parameters: the old name, and the new one."),
        "set": _names(
            "Set",
            "Parameters that get a value; it may be a ${{ … }} expression over params.",
            {"description": "Any value."},
        ),
        "default": _names(
            "Default",
            "Parameters that get a value where they have none.",
            {"description": "Any value."},
        ),
        "remove": {
            "title": "Remove",
            "description": "Parameters that are dropped.",
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "maxLength": 64},
            "default": [],
        },
        "secrets": _renames("Secrets", "Secrets: the old name, and the new one."),
        "endpoints": _renames("Endpoints", "Endpoints: the old name, and the new one."),
    },
}

DOCUMENT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": SCHEMA_PATH,
    "title": "Maestro workflow",
    "description": "A workflow document, maestro/v1.",
    "type": "object",
    "required": ["apiVersion", "kind", "metadata", "steps"],
    "additionalProperties": False,
    "properties": {
        "apiVersion": {
            "title": "Format",
            "description": "The version of this format.",
            "enum": [API_VERSION],
        },
        "kind": {"title": "Kind", "description": "What this document is.", "enum": ["Workflow"]},
        "metadata": _METADATA,
        "parameters": {
            "title": "Parameters",
            "description": "JSON Schema 2020-12 of what a run is given; the form is made from it.",
            "type": "object",
        },
        "secrets": _names(
            "Secrets",
            "Names of secrets; an installation or a run binds them.",
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "description": _text("Description", "What the secret is for.", 1000, default="")
                },
            },
        ),
        "endpoints": _names(
            "Endpoints",
            "The hosts that this workflow may reach.",
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "description": _text("Description", "What is there.", 1000, default=""),
                    "default": _text(
                        "Default",
                        "The http or https URL that is used unless an installation binds another.",
                        2000,
                        examples=["https://directory.example"],
                    ),
                },
            },
        ),
        "steps": {
            "title": "Steps",
            "description": "What is done. The order comes from needs alone.",
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_STEPS,
            "items": _STEP,
        },
        "templates": _names(
            "Templates",
            "E-mail and message templates that travel with the workflow.",
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "subject": _text("Subject", "The subject line.", 1000),
                    "text": _text("Text", "The plain text.", 100_000),
                    "html": _text("HTML", "The HTML part.", 300_000),
                },
            },
        ),
        "outputs": _names(
            "Outputs",
            "What an execution gives; values may be ${{ … }} expressions over the steps.",
            {"description": "Any value."},
        ),
        "examples": {
            "title": "Examples",
            "description": "Parameters that validate; the first fills the form.",
            "type": "array",
            "maxItems": 20,
            "items": {
                "type": "object",
                "required": ["title", "parameters"],
                "additionalProperties": False,
                "properties": {
                    "title": _text("Title", "What the example shows.", 120, minLength=1),
                    "parameters": {
                        "title": "Parameters",
                        "description": "Values that the parameters' schema accepts.",
                        "type": "object",
                    },
                },
            },
        },
        "migrations": {
            "title": "Migrations",
            "description": "How installations of older versions come to this one, in order.",
            "type": "array",
            "maxItems": 50,
            "items": _MIGRATION,
        },
    },
}
