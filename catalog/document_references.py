"""What the expressions of a document may read, and from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.document_findings import Findings
from catalog.document_graph import Order
from catalog.expressions import Expression, ExpressionInvalid, Placed, Reference, parse_text
from catalog.parameters import may_hold, type_at
from catalog.shape import did_you_mean, in_words
from catalog.source_problems import Path
from connectors.contract import Manifest

EXECUTION = ("id", "tenant", "started_at", "purpose")
STEP_PARTS = ("output", "status", "error")


@dataclass(frozen=True)
class Sight:
    """What expressions at some place see.

    `step` is the step they stand in, empty for outputs, where every step may be read. `items` is
    whether item and index are there, `secrets` whether a secret could be.
    """

    step: str = ""
    items: bool = False
    secrets: bool = False


class References:
    """Checks expressions against what a document declares, and remembers what was used."""

    def __init__(
        self,
        findings: Findings,
        steps: Mapping[str, Mapping[str, Any]],
        order: Order,
        parameters: Mapping[str, Any],
    ) -> None:
        self._findings = findings
        self._steps = steps
        self._order = order
        self._parameters = parameters
        self._secrets = findings.part("secrets")
        self._endpoints = findings.part("endpoints")
        self.used: set[tuple[str, str]] = set()

    def placed(self, value: Any, at: Path) -> Iterator[Placed]:
        """The expressions of `value`, which stands at `at`; each broken one is reported."""
        stack: list[tuple[Path, Any]] = [(at, value)]
        while stack:
            path, part = stack.pop()
            if type(part) is dict:
                for key, item in part.items():
                    if "${{" in key:
                        self._findings.report(
                            (*path, key),
                            "expression_in_key",
                            "A key can't hold an expression.",
                            "Expressions stand in values.",
                        )
                    stack.append(((*path, key), item))
            elif type(part) is list:
                stack.extend(((*path, index), item) for index, item in enumerate(part))
            elif isinstance(part, str) and "${{" in part:
                try:
                    node = parse_text(part)
                except ExpressionInvalid as error:
                    self._findings.report(path, error.code, str(error), error.hint)
                    continue
                if isinstance(node, Expression):
                    yield Placed(path, node, whole=True)
                else:
                    for one in node.parts:
                        if isinstance(one, Expression):
                            yield Placed(path, one, whole=False)

    def check(self, placed: Placed, sight: Sight) -> None:
        """Report what `placed` reads and may not."""
        for one in placed.expression.references:
            look = getattr(self, f"_look_{one.root}", None)
            problem = look(one, placed, sight) if look else None
            if problem:
                self._findings.report(placed.path, *problem)

    def _look_params(
        self, one: Reference, _placed: Placed, _sight: Sight
    ) -> tuple[str, str, str] | None:
        if one.path and not may_hold(self._parameters, one.path[0]):
            known = self._parameters.get("properties", {})
            hint = did_you_mean(one.path[0], known) or "Declare it under parameters.properties."
            return "unknown_parameter", f"There is no parameter {one.path[0]!r}.", hint
        return None

    def _look_steps(
        self, one: Reference, _placed: Placed, sight: Sight
    ) -> tuple[str, str, str] | None:
        if not one.path:
            return (
                "reference_unclear",
                "It must be seen which step is read.",
                'Write its name: steps.name.output, or steps["name"].output.',
            )
        name = one.path[0]
        if name not in self._steps:
            others = [other for other in self._steps if other != sight.step]
            return (
                "unknown_step",
                f"There is no step {name!r}.",
                did_you_mean(name, others, "Steps are"),
            )
        if name == sight.step:
            return "reads_itself", "A step can't read itself.", "Read a step that ran before."
        if len(one.path) > 1 and one.path[1] not in STEP_PARTS:
            hint = did_you_mean(one.path[1], STEP_PARTS, "A step has")
            if one.path[1] not in STEP_PARTS and not hint.startswith("Did"):
                hint = f"What it gave is in steps.{name}.output."
            return "unknown_reference", f"A step has no {one.path[1]!r}.", hint
        if sight.step and not self._order.waits(sight.step, name):
            return (
                "not_needed",
                f"{sight.step!r} reads {name!r} but does not wait for it.",
                f"Add {name} to needs.",
            )
        return None

    def _look_endpoints(
        self, one: Reference, _placed: Placed, _sight: Sight
    ) -> tuple[str, str, str] | None:
        return self._declared("endpoint", self._endpoints, one)

    def _look_secrets(
        self, one: Reference, placed: Placed, sight: Sight
    ) -> tuple[str, str, str] | None:
        problem = self._declared("secret", self._secrets, one)
        if problem:
            return problem
        if not sight.secrets:
            return (
                "secret_outside",
                "A secret is used outside of a secret field.",
                "Secrets stand only in a step's `with`, where its task takes one.",
            )
        if not placed.whole or len(placed.expression.path) != 2:
            return (
                "secret_not_whole",
                "A secret can't be a part of another value.",
                f"Give it alone: ${{{{ secrets.{one.path[0]} }}}}.",
            )
        return None

    def _declared(
        self, kind: str, names: Mapping[str, Any], one: Reference
    ) -> tuple[str, str, str] | None:
        if not one.path:
            return (
                "reference_unclear",
                f"It must be seen which {kind} is read.",
                f"Write its name: {kind}s.name.",
            )
        name = one.path[0]
        self.used.add((kind, name))
        if name not in names:
            hint = did_you_mean(name, names) or f"Declare it under {kind}s."
            return f"unknown_{kind}", f"There is no {kind} {name!r}.", hint
        if len(one.path) > 1:
            return "unknown_reference", f"A {kind} is text and has no {one.path[1]!r}.", ""
        return None

    def _look_execution(
        self, one: Reference, _placed: Placed, _sight: Sight
    ) -> tuple[str, str, str] | None:
        if one.path and one.path[0] not in EXECUTION:
            hint = did_you_mean(one.path[0], EXECUTION, "It has")
            return "unknown_reference", f"The execution has no {one.path[0]!r}.", hint
        return None

    def _look_item(
        self, one: Reference, _placed: Placed, sight: Sight
    ) -> tuple[str, str, str] | None:
        if sight.items:
            return None
        return (
            "item_outside",
            f"{one.root!r} is only there inside the `with` of a step that has for_each.",
            "Add for_each to the step, or read something else.",
        )

    _look_index = _look_item

    def type_of(self, placed: Placed, manifests: Mapping[str, Manifest]) -> str:
        """The JSON Schema type of what `placed` will give, or empty where it can't be known."""
        path = placed.expression.path
        if not placed.whole:
            return "string"
        if not path:
            return placed.expression.result_type
        root, rest = path[0], path[1:]
        if root == "params":
            return type_at(self._parameters, rest)
        if root == "steps" and len(rest) >= 2:
            return self._type_of_step(rest, manifests)
        if root == "index":
            return "integer"
        if root in ("endpoints", "secrets", "execution") and rest:
            return "string"
        return ""

    def _type_of_step(self, path: tuple[str, ...], manifests: Mapping[str, Manifest]) -> str:
        step = self._steps.get(path[0], {})
        if path[1] == "status":
            return "string"
        manifest = manifests.get(str(step.get("task")))
        if path[1] != "output" or manifest is None:
            return ""
        if "for_each" in step:
            return "array" if len(path) == 2 else ""
        return type_at(manifest.output_schema, path[2:])

    def check_type(self, placed: Placed, wanted: str, manifests: Mapping[str, Manifest]) -> None:
        """Report an expression that can't give the type `wanted`."""
        kind = self.type_of(placed, manifests)
        if kind and kind != wanted:
            self._findings.report(
                placed.path,
                "wrong_type",
                f"${{{{ {placed.expression.source} }}}} gives {in_words(kind)}, but "
                f"{in_words(wanted)} is needed.",
                "Compare, or convert, what it reads.",
            )
