"""The steps of publishing that are Maestro's own: no other document can name them.

Each is a thin caller of its service, in the tenant of the execution, and may be done twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from connectors import registry
from connectors.contract import Call, ErrorClass, Manifest, PlannedCall, TaskError
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.errors import InvalidInput, MaestroError

_SUBMISSION: Mapping[str, Any] = {"type": "string", "format": "uuid", "title": "Submission"}
_INPUT: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["submission"],
    "properties": {"submission": _SUBMISSION},
}


class PipelineTask:
    """One step of the pipeline."""

    manifest: Manifest
    says: str

    def plan(self, call: Call) -> list[PlannedCall]:
        """What it would do; nothing leaves this Maestro."""
        return [PlannedCall(self.says)]

    def execute(self, call: Call) -> Any:
        """Do it once more or for the first time. Raises `TaskError` with what the service says."""
        tenant_id = UUID(call.tenant_id)
        actor = system_actor("publish-release", tenant_id=tenant_id)
        try:
            return self.carry_out(actor, UUID(call.inputs["submission"]), call.inputs)
        except MaestroError as problem:
            told = [one.message for one in getattr(problem, "problems", ())]
            text = " ".join([problem.message, *told]) if isinstance(problem, InvalidInput) else ""
            raise TaskError(
                ErrorClass.REJECTED, text or problem.message, hint=problem.hint
            ) from problem

    def carry_out(self, actor: Actor, submission_id: UUID, inputs: Mapping[str, Any]) -> Any:
        """What the step gives. Raises what its service raises."""
        raise NotImplementedError


class Check(PipelineTask):
    """The automatic checks."""

    says = "Checks what was put forward"
    manifest = Manifest(
        task="release.check",
        version="1.0.0",
        major=1,
        title="Check a submission",
        description="Runs the automatic checks, and says which reviews are still to be done.",
        input_schema=_INPUT,
        output_schema={
            "type": "object",
            "properties": {
                "errors": {"type": "integer", "description": "Findings that must be mended."},
                "open_reviews": {"type": "array", "items": {"type": "string"}},
                "approved": {"type": "boolean"},
            },
        },
        default_timeout=300.0,
        system=True,
    )

    def carry_out(self, actor: Actor, submission_id: UUID, inputs: Mapping[str, Any]) -> Any:
        """What was found, and what is left to decide."""
        from marketplace.services.run_checks import run_checks

        checked = run_checks(actor=actor, submission_id=submission_id)
        return {
            "errors": checked.errors,
            "open_reviews": list(checked.open_reviews),
            "approved": checked.approved,
        }


class Sign(PipelineTask):
    """The signature, before anything is listed."""

    says = "Signs the release"
    manifest = Manifest(
        task="release.sign",
        version="1.0.0",
        major=1,
        title="Sign a release",
        description="Signs the approved version with its reviews, controls and reach.",
        input_schema=_INPUT,
        output_schema={
            "type": "object",
            "properties": {
                "statement": {"type": "object", "description": "What is claimed."},
                "signatures": {"type": "array", "description": "Who signed it."},
            },
        },
        system=True,
    )

    def carry_out(self, actor: Actor, submission_id: UUID, inputs: Mapping[str, Any]) -> Any:
        """The statement and its signatures."""
        from marketplace.services.publish_release import sign_release

        signed = sign_release(actor=actor, submission_id=submission_id)
        return {"statement": signed.statement, "signatures": signed.signatures}


class List(PipelineTask):
    """What is signed is listed."""

    says = "Lists the release"
    manifest = Manifest(
        task="release.list",
        version="1.0.0",
        major=1,
        title="List a release",
        description="Shows a signed release to those who may find it.",
        input_schema={
            "type": "object",
            "additionalProperties": False,
            "required": ["submission", "statement", "signatures"],
            "properties": {
                "submission": _SUBMISSION,
                "statement": {"type": "object"},
                "signatures": {"type": "array"},
            },
        },
        output_schema={
            "type": "object",
            "properties": {"release": {"type": "string", "description": "Its id."}},
        },
        system=True,
    )

    def carry_out(self, actor: Actor, submission_id: UUID, inputs: Mapping[str, Any]) -> Any:
        """The release's id and address."""
        from marketplace.services.publish_release import Signed, list_release

        release = list_release(
            actor=actor,
            submission_id=submission_id,
            signed=Signed(inputs["statement"], inputs["signatures"]),
        )
        return {"release": str(release.pk), "address": f"{release.address}@{release.number}"}


def offer() -> None:
    """Let workers know these tasks."""
    registry.offer(Check(), Sign(), List())
