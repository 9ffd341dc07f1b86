"""What every operation has in common, said to the OpenAPI document in one place."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from governance.policy.rules import SHIPPED
from governance.services.set_purpose import LONGEST_NAME, NAME
from maestro.kernel.problems import MEDIA_TYPE
from maestro.runtime.states import ExecutionStatus, StepStatus

SAFE = ("GET", "HEAD", "OPTIONS")

_TEXT = {"type": "string"}
_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457). `code` is stable; `detail` is for a person.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": _TEXT,
        "hint": {"type": "string", "description": "What to do about it."},
        "instance": {"type": "string", "format": "uri-reference"},
        "problems": {
            "type": "array",
            "description": "Everything that is wrong with what was given.",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {
                    "path": {"type": "string", "description": "JSON pointer; empty: the whole"},
                    "code": _TEXT,
                    "message": _TEXT,
                    "hint": _TEXT,
                    "line": {"type": "integer"},
                    "column": {"type": "integer"},
                },
            },
        },
        "reasons": {
            "type": "array",
            "description": "Why policy refused.",
            "items": {
                "type": "object",
                "properties": {"code": _TEXT, "message": _TEXT, "control": _TEXT},
            },
        },
    },
}
_PURPOSE = OpenApiParameter(
    "X-Purpose",
    # No list of names: the document is one for all, and tenants register purposes of their own.
    {"type": "string", "pattern": f"^{NAME.pattern}$", "maxLength": LONGEST_NAME},
    OpenApiParameter.HEADER,
    required=True,
    description=(
        "What this is for: the name of a purpose that is registered in the tenant, as `GET"
        " /api/purposes/` lists them. It is recorded with the decision."
    ),
    examples=[
        OpenApiExample(purpose.name, purpose.name, summary=purpose.title)
        for purpose in SHIPPED.values()
    ],
)
_TENANT = OpenApiParameter(
    "X-Maestro-Tenant",
    str,
    OpenApiParameter.HEADER,
    description="The slug of the tenant to act in; a token has one already.",
)
_SAID = {
    "400": "Something is not valid, or the purpose is missing or unknown; all of it is listed.",
    "401": "Nobody is signed in, or the token is not valid.",
    "403": "Policy does not allow it; the reasons are listed.",
    "404": "There is no such thing in this tenant.",
    "409": "The present state does not allow it.",
    "413": "The body is too large.",
    "415": "The body is of another type than this address takes.",
    "429": "Too much was asked for; `Retry-After` says when to ask again.",
}


def execution_statuses() -> list[tuple[str, str]]:
    """The statuses of an execution, for a component of their own."""
    return [(status.value, status.value.title()) for status in ExecutionStatus]


def step_statuses() -> list[tuple[str, str]]:
    """The statuses of a step, for a component of their own."""
    return [(status.value, status.value.title()) for status in StepStatus]


class ApiSchema(AutoSchema):
    """Adds the headers that are common to all, and the problem documents that each may answer."""

    def get_override_parameters(self) -> list[Any]:
        """The purpose of what is not safe, or is audited; and the tenant."""
        audited = getattr(self.view, "action", "") in getattr(self.view, "audited", ())
        common = [_PURPOSE, _TENANT] if audited or self.method not in SAFE else [_TENANT]
        return [*common, *super().get_override_parameters()]

    def get_summary(self) -> str | None:
        """The first sentence of the description."""
        first, _, _ = self.get_description().partition(".")
        return first.replace("\n", " ") or None

    def get_filter_backends(self) -> list[Any]:
        """Filters are the list's own; what hangs on one thing has none."""
        filtered = getattr(self.view, "action", "") == "list"
        return super().get_filter_backends() if filtered else []

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=ResolvedComponent.SCHEMA, schema=_PROBLEM, object="Problem"
        )
        self.registry.register_on_missing(problem)
        codes = ["400", "401", "403", "404"]
        if self.method not in SAFE:
            codes += ["409", "413", "415", "429"]
        for code in codes:
            bodies[code] = {
                "description": _SAID[code],
                "content": {MEDIA_TYPE: {"schema": problem.ref}},
            }
        return bodies
