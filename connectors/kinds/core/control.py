"""Steps that the engine carries out itself: they wait for a time, for people, for a workflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from connectors.contract import JSON, Call, ErrorClass, Manifest, PlannedCall, TaskError

_DURATION: JSON = {
    "type": "string",
    "format": "maestro-duration",
    "pattern": "^[0-9]+(ms|s|m|h)$",
}


class ControlTask:
    """A manifest whose work the engine does; it is planned here and never executed here."""

    def __init__(self, manifest: Manifest, says: Callable[[Call], str]) -> None:
        self.manifest = manifest
        self._says = says

    def plan(self, call: Call) -> list[PlannedCall]:
        """What the engine would wait for."""
        return [PlannedCall(self._says(call), detail=dict(call.inputs))]

    def execute(self, call: Call) -> NoReturn:
        """Raise `TaskError` (`internal`): the engine must not ask a connector to do this."""
        raise TaskError(
            ErrorClass.INTERNAL,
            f"{self.manifest.ref} is carried out by the engine, not by a connector.",
        )


def _says_wait(call: Call) -> str:
    if "until" in call.inputs:
        return f"Waits until {call.inputs['until']}"
    return f"Waits {call.inputs.get('duration', '')}"


def _says_approval(call: Call) -> str:
    count = call.inputs.get("count", 1)
    teams = call.inputs.get("teams") or []
    people = "one approval" if count == 1 else f"{count} approvals"
    return f"Waits for {people}" + (f" from {', '.join(map(str, teams))}" if teams else "")


def _says_call(call: Call) -> str:
    version = call.inputs.get("version")
    return f"Runs {call.inputs.get('workflow', '')}" + (f" {version}" if version else "")


WAIT = ControlTask(
    Manifest(
        task="core.wait",
        version="1.0.0",
        major=1,
        title="Wait",
        description="Goes on after a while, or at a moment. No worker is held meanwhile.",
        input_schema={
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
            "properties": {
                "duration": {
                    **_DURATION,
                    "title": "Duration",
                    "description": "How long to wait, as 250ms, 20s, 5m or 72h.",
                },
                "until": {
                    "type": "string",
                    "format": "date-time",
                    "title": "Until",
                    "description": "The moment to go on at (RFC 3339); a past one is now.",
                },
            },
        },
        output_schema={"type": "object"},
        capabilities=frozenset({"control"}),
        control=True,
    ),
    _says_wait,
)

APPROVAL = ControlTask(
    Manifest(
        task="core.approval",
        version="1.0.0",
        major=1,
        title="Ask for approval",
        description=(
            "Waits until enough people have approved. Nobody approves what they started; "
            "one refusal ends it."
        ),
        input_schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "count": {
                    "type": "integer",
                    "title": "How many",
                    "description": "How many different people must approve.",
                    "minimum": 1,
                    "maximum": 10,
                    "default": 1,
                },
                "teams": {
                    "type": "array",
                    "title": "Teams",
                    "description": "Whose people may decide; empty means every approver.",
                    "items": {"type": "string", "minLength": 1},
                    "default": [],
                },
                "expires": {
                    **_DURATION,
                    "title": "Expires",
                    "description": "How long people have; after that the step fails.",
                    "default": "72h",
                },
                "roles": {
                    "type": "array",
                    "title": "Roles",
                    "description": "Which platform roles decide, in a review of its own.",
                    "items": {"type": "string", "minLength": 1},
                    "x-system": True,
                },
                "message": {
                    "type": "string",
                    "title": "Message",
                    "description": "What the approvers are told.",
                    "maxLength": 2000,
                    "default": "",
                },
            },
        },
        output_schema={
            "type": "object",
            "properties": {
                "decisions": {
                    "type": "array",
                    "description": "Who decided what and when.",
                    "items": {"type": "object"},
                }
            },
        },
        capabilities=frozenset({"control"}),
        control=True,
    ),
    _says_approval,
)

CALL = ControlTask(
    Manifest(
        task="workflow.call",
        version="1.0.0",
        major=1,
        title="Run another workflow",
        description="Runs a workflow as a child and waits for it. At most 8 deep.",
        input_schema={
            "type": "object",
            "required": ["workflow"],
            "additionalProperties": False,
            "properties": {
                "workflow": {
                    "type": "string",
                    "title": "Workflow",
                    "description": "The slug of a workflow of the same tenant.",
                    "minLength": 1,
                    "maxLength": 200,
                },
                "version": {
                    "type": "string",
                    "title": "Version",
                    "description": "A version or a range, as 2.1.0 or >=2,<3; the newest if empty.",
                    "default": "",
                },
                "parameters": {
                    "type": "object",
                    "title": "Parameters",
                    "description": "The child's parameters.",
                    "default": {},
                },
            },
        },
        output_schema={"description": "The outputs of the child."},
        capabilities=frozenset({"control"}),
        control=True,
    ),
    _says_call,
)
