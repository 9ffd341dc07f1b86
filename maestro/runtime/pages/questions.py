"""Questions that have more than one answer inside: lists of groups, and cases of one. Pure.

`maestro.kernel.pages.shapes` says what one answer is like and leaves a list of objects, and a
`oneOf`, to JSON; a form asks for the rows one by one, and for the case first. What is still asked
for as JSON: lists in lists, tuples (`prefixItems`), objects without declared members, cases that no
required constant tells apart, `anyOf`, a `oneOf` beside `properties` or of all parameters, what may
be null, and anything nested deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from maestro.kernel.pages.shapes import Choice, Kind, Member, Shape, shape_of


@dataclass(frozen=True, slots=True)
class Cases(Shape):
    """A group that is one of several; its member named `tells` says which. See `settled`."""

    tells: str = ""
    cases: tuple[tuple[Choice, Shape], ...] = ()

    @property
    def asked_first(self) -> Member:
        """The question which case it is."""
        choices = tuple(choice for choice, _ in self.cases)
        return Member(self.tells, Shape(Kind.CHOICE, {}, choices=choices), True)


def question_of(schema: Any) -> Shape:
    """The shape of a whole schema, with the lists of groups in it taken apart. Never raises."""
    return _refined(shape_of(schema), schema, 0)


def has_rows(shape: Shape) -> bool:
    """Whether it is a list whose every item is a group."""
    return shape.kind is Kind.LIST and shape.item is not None and shape.item.kind is Kind.GROUP


def settled(shape: Shape, told: Any) -> Shape:
    """The group to ask for when the deciding member has the value `told`.

    Any other shape is itself. Without a case that fits, nothing but the case is asked.
    """
    if not isinstance(shape, Cases):
        return shape
    chosen = next((case for choice, case in shape.cases if choice.value == told), None)
    others = chosen.members if chosen else ()
    rest = tuple(member for member in others if member.name != shape.tells)
    return Shape(Kind.GROUP, shape.schema, members=(shape.asked_first, *rest))


def settled_for(shape: Shape, values: Mapping[str, Any]) -> Shape:
    """`settled`, as the values of the group tell."""
    return settled(shape, values.get(shape.tells)) if isinstance(shape, Cases) else shape


def _refined(shape: Shape, root: Any, depth: int) -> Shape:
    if shape.kind is Kind.GROUP:
        members = tuple(
            replace(member, shape=_refined(member.shape, root, depth + 1))
            for member in shape.members
        )
        return replace(shape, members=members)
    schema = shape.schema
    if shape.kind is Kind.ANY and depth and isinstance(schema.get("oneOf"), list):
        return _cases(shape, root, depth)
    if shape.kind is not Kind.ANY or schema.get("type") != "array" or "prefixItems" in schema:
        return shape
    item = _refined(shape_of(schema.get("items"), root, depth + 1), root, depth + 1)
    return Shape(Kind.LIST, schema, item=item) if item.kind is Kind.GROUP else shape


def _cases(shape: Shape, root: Any, depth: int) -> Shape:
    """The cases of a `oneOf` if one required constant text tells them apart, else the same shape."""
    schema = shape.schema
    beside = {"properties", "anyOf", "allOf", "additionalProperties", "required"} & schema.keys()
    if schema.get("type", "object") != "object" or beside:
        return shape
    groups = [shape_of(case, root, depth) for case in schema["oneOf"]]
    if not groups or any(each.kind is not Kind.GROUP for each in groups):
        return shape
    for name in [member.name for member in groups[0].members]:
        told = [_constant(each, name) for each in groups]
        if "" not in told and len(set(told)) == len(told):
            cases = tuple(
                (Choice(text, text, _title(each, text)), _refined(each, root, depth))
                for text, each in zip(told, groups, strict=True)
            )
            return Cases(Kind.GROUP, schema, tells=name, cases=cases)
    return shape


def _constant(group: Shape, name: str) -> str:
    """The text that the required member `name` always is; empty when there is none."""
    for member in group.members:
        if member.name == name and member.required and member.shape.kind is Kind.CONST:
            value = member.shape.schema["const"]
            if isinstance(value, str) and value.isprintable() and value.strip():
                return value
    return ""


def _title(group: Shape, text: str) -> str:
    title = group.schema.get("title")
    return title if isinstance(title, str) and title.strip() else text
