"""`core.set`, `core.transform` and `core.fail`: no side effect, nothing to reach."""

from __future__ import annotations

from connectors.contract import JSON, Call, ErrorClass, Manifest, PlannedCall, TaskError

# What a workflow may say of itself; the others are the engine's or the guard's to say.
_SAYABLE = (
    ErrorClass.FAILED,
    ErrorClass.REJECTED,
    ErrorClass.NOT_FOUND,
    ErrorClass.CONFLICT,
    ErrorClass.UNAVAILABLE,
    ErrorClass.INVALID_INPUT,
)


class SetValues:
    """`core.set@1`: the output is `values`."""

    manifest = Manifest(
        task="core.set",
        version="1.0.0",
        major=1,
        title="Set values",
        description="Gives names to values, so that later steps can read them from one place.",
        input_schema={
            "type": "object",
            "required": ["values"],
            "additionalProperties": False,
            "properties": {
                "values": {
                    "type": "object",
                    "title": "Values",
                    "description": "Names and what they stand for; each may be an expression.",
                }
            },
        },
        output_schema={"type": "object", "description": "The values, as they were given."},
        instant=True,
    )

    def plan(self, call: Call) -> list[PlannedCall]:
        """Nothing is called."""
        return [PlannedCall("Sets values", detail=call.inputs.get("values"))]

    def execute(self, call: Call) -> JSON:
        """The values. Raises `TaskError` (`invalid_input`) when they are no object."""
        values = call.inputs.get("values")
        if not isinstance(values, dict):
            raise TaskError(
                ErrorClass.INVALID_INPUT,
                "values is not an object.",
                hint="Give names and values, as {total: 3}.",
            )
        return values


class TransformValue:
    """`core.transform@1`: the output is `value`, which the engine has evaluated."""

    manifest = Manifest(
        task="core.transform",
        version="1.0.0",
        major=1,
        title="Transform a value",
        description="Works out one value by an expression over parameters and earlier steps.",
        input_schema={
            "type": "object",
            "required": ["value"],
            "additionalProperties": False,
            "properties": {
                "value": {
                    "title": "Value",
                    "description": "Any value, most often one ${{ … }} expression.",
                }
            },
        },
        output_schema={"description": "The value that came out."},
        instant=True,
    )

    def plan(self, call: Call) -> list[PlannedCall]:
        """Nothing is called."""
        return [PlannedCall("Works out a value", detail=call.inputs.get("value"))]

    def execute(self, call: Call) -> JSON:
        """The value."""
        return call.inputs.get("value")


class FailStep:
    """`core.fail@1`: ends the step with an error that the workflow chooses."""

    manifest = Manifest(
        task="core.fail",
        version="1.0.0",
        major=1,
        title="Fail",
        description="Fails on purpose, with a message for the people who look at the run.",
        input_schema={
            "type": "object",
            "required": ["message"],
            "additionalProperties": False,
            "properties": {
                "message": {
                    "type": "string",
                    "title": "Message",
                    "description": "Why it fails and what to do about it.",
                    "minLength": 1,
                    "maxLength": 2000,
                },
                "error_class": {
                    "type": "string",
                    "title": "Error class",
                    "description": "What retry.on and later steps see as the kind of error.",
                    "enum": [str(item) for item in _SAYABLE],
                    "default": str(ErrorClass.FAILED),
                },
            },
        },
        output_schema={"type": "null", "description": "There is none: the step always fails."},
        instant=True,
    )

    def plan(self, call: Call) -> list[PlannedCall]:
        """Nothing is called."""
        return [PlannedCall(f"Fails: {call.inputs.get('message', '')}")]

    def execute(self, call: Call) -> JSON:
        """Raise `TaskError` with the message and the class that were asked for."""
        wanted = str(call.inputs.get("error_class", ErrorClass.FAILED))
        if wanted not in _SAYABLE:
            raise TaskError(
                ErrorClass.INVALID_INPUT,
                f"{wanted!r} is no error class that a workflow may fail with.",
                hint=f"Use one of {', '.join(_SAYABLE)}.",
            )
        raise TaskError(ErrorClass(wanted), str(call.inputs.get("message") or "Failed on purpose."))
