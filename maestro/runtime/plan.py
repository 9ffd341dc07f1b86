"""What an execution follows: a frozen document's steps, with what is asked of them again and again
worked out once. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from catalog.control_tasks import APPROVAL
from catalog.document_model import Document, Retry, Step
from catalog.expressions import Template
from maestro.kernel.canonical import canonical_bytes

GATE = "policy-approval"  # the hyphen keeps it from being any document's own step


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps in the order they are written, and who follows whom."""

    document: Document
    steps: Mapping[str, Step]
    followers: Mapping[str, tuple[str, ...]]
    reads: Mapping[str, frozenset[str]]  # the steps whose results a step's expressions name
    output_reads: frozenset[str]  # the steps that the workflow's outputs name


def plan_of(document: Document, obligations: Sequence[Mapping[str, Any]] = ()) -> Plan:
    """The plan of a document, with what policy asked for put before its first steps.

    Remembered: the same digest under the same obligations is the same plan.
    """
    return _plan(_ByDigest(document), canonical_bytes(list(obligations)))


class _ByDigest:
    """A document as a key: the same digest is the same document."""

    __slots__ = ("document",)

    def __init__(self, document: Document) -> None:
        self.document = document

    def __hash__(self) -> int:
        return hash(self.document.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and other.document.digest == self.document.digest


@lru_cache(maxsize=256)
def _plan(key: _ByDigest, obligations: bytes) -> Plan:
    document = key.document
    steps = _gated(document.steps, json.loads(obligations))
    followers: dict[str, list[str]] = {step.id: [] for step in steps}
    for step in steps:
        for need in step.needs:
            followers[need].append(step.id)
    return Plan(
        document=document,
        steps={step.id: step for step in steps},
        followers={name: tuple(after) for name, after in followers.items()},
        reads={step.id: _steps_read(step.inputs, step.condition, step.items) for step in steps},
        output_reads=_steps_read(document.output_template),
    )


def _steps_read(*templates: Template | None) -> frozenset[str]:
    return frozenset(
        reference.path[0]
        for template in templates
        if template is not None
        for reference in template.references
        if reference.root == "steps" and reference.path
    )


def _gated(steps: Sequence[Step], obligations: Sequence[Mapping[str, Any]]) -> Sequence[Step]:
    """The steps, all of them after the approval that policy asks for, if it does."""
    duty = next((item for item in obligations if item["type"] == "require_approval"), None)
    if duty is None:
        return steps
    gate = Step(
        id=GATE,
        task=APPROVAL,
        with_={
            "count": duty.get("count", 1),
            "teams": list(duty.get("teams", [])),
            "message": duty.get("message", "Policy asks for approval before this runs."),
            "expires": duty.get("expires", "72h"),
        },
        needs=(),
        when=None,
        for_each=None,
        max_parallel=1,
        timeout=None,
        retry=Retry(attempts=1, initial=0.0, max=0.0, on=frozenset()),
        on_error="fail",
    )
    return [gate, *(step if step.needs else replace(step, needs=(GATE,)) for step in steps)]
