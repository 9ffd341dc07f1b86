"""Questions that have more than one answer inside: lists of groups. Pure.

`maestro.kernel.pages.shapes` says what one answer is like and leaves a list of objects to JSON; a
form asks for its rows one by one. What is still asked for as JSON: lists in lists, tuples
(`prefixItems`), objects without declared members, cases (`oneOf`, `anyOf`) that are not constants,
what may be null, and anything nested deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from maestro.kernel.pages.shapes import Kind, Shape, shape_of


def question_of(schema: Any) -> Shape:
    """The shape of a whole schema, with the lists of groups in it taken apart. Never raises."""
    return _refined(shape_of(schema), schema, 0)


def has_rows(shape: Shape) -> bool:
    """Whether it is a list whose every item is a group."""
    return shape.kind is Kind.LIST and shape.item is not None and shape.item.kind is Kind.GROUP


def _refined(shape: Shape, root: Any, depth: int) -> Shape:
    if shape.kind is Kind.GROUP:
        members = tuple(
            replace(member, shape=_refined(member.shape, root, depth + 1))
            for member in shape.members
        )
        return replace(shape, members=members)
    schema = shape.schema
    if shape.kind is not Kind.ANY or schema.get("type") != "array" or "prefixItems" in schema:
        return shape
    item = shape_of(schema.get("items"), root, depth + 1)
    if item.kind is not Kind.GROUP:
        return shape
    return Shape(Kind.LIST, schema, item=_refined(item, root, depth + 1))
