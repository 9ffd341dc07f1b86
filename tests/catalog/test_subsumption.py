"""Schemas of parameters, tried by values: what is not called breaking takes all that was taken."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.changes import Klass
from catalog.parameter_changes import parameter_changes
from catalog.parameters import ParametersInvalid, check_schema, complete_schema, resolve
from catalog.schema_parts import dereferenced
from catalog.subsumption import Subsumption

MANY = settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
Schema = dict[str, Any]

keys = st.sampled_from("abc")
scalars = st.sampled_from([None, True, False, 0, 1, 2, 3, 1.5, "", "a", "ab", "2026-01-01"])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)
kinds = st.sampled_from(["string", "number", "integer", "boolean", "null", "array", "object"])
plain = st.one_of(
    st.builds(lambda kind: {"type": kind}, kinds),
    st.builds(lambda some: {"type": some}, st.lists(kinds, min_size=1, max_size=3, unique=True)),
    st.builds(lambda some: {"enum": some}, st.lists(scalars, min_size=1, max_size=3)),
    st.builds(lambda one: {"const": one}, scalars),
    st.builds(
        lambda keyword, limit: {keyword: limit},
        st.sampled_from(
            [
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties",
            ]
        ),
        st.integers(0, 3),
    ),
    st.builds(lambda unit: {"multipleOf": unit}, st.sampled_from([1, 2, 3, 0.5, 1.5])),
    st.builds(lambda form: {"format": form}, st.sampled_from(["date", "email"])),
    st.builds(lambda form: {"pattern": form}, st.sampled_from(["^a", "b$"])),
    st.builds(lambda is_so: {"uniqueItems": is_so}, st.booleans()),
    st.builds(lambda some: {"required": some}, st.lists(keys, unique=True)),
    st.just({"$ref": "#/$defs/shared"}),
    st.just({}),
)


def merged(parts: list[Schema]) -> Schema:
    return {key: value for part in parts for key, value in part.items()}


def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Schema]:
    """What holds other schemas."""
    some = st.lists(inner, min_size=1, max_size=2)
    named = st.dictionaries(keys, inner, max_size=3)
    return st.one_of(
        st.builds(lambda one: {"properties": one}, named),
        st.builds(
            lambda one, default, name: {"properties": {**one, name: {"default": default}}},
            named,
            values,
            keys,
        ),
        st.builds(
            lambda one, name, part, default: {
                "properties": {
                    **one,
                    name: {**(part if part is not True else {}), "default": default},
                }
            },
            named,
            keys,
            inner.filter(lambda one: isinstance(one, dict)),
            values,
        ),
        st.builds(
            lambda key, one: {key: one},
            st.sampled_from(
                [
                    "items",
                    "additionalProperties",
                    "not",
                    "contains",
                    "propertyNames",
                    "if",
                    "then",
                    "else",
                    "unevaluatedProperties",
                ]
            ),
            st.one_of(inner, st.booleans()),
        ),
        st.builds(
            lambda key, parts: {key: parts},
            st.sampled_from(["allOf", "anyOf", "oneOf", "prefixItems"]),
            some,
        ),
        st.builds(lambda one: {"patternProperties": {"^a": one}}, inner),
        st.builds(lambda one: {"dependentRequired": {"a": one}}, st.lists(keys, unique=True)),
    )


pieces = st.recursive(
    st.lists(plain, max_size=3).map(merged),
    lambda inner: st.lists(st.one_of(plain, composed(inner)), max_size=3).map(merged),
    max_leaves=5,
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """A schema of parameters; mostly of objects with a few keys."""
    schema = draw(pieces) | {"$defs": {"shared": draw(pieces)}}
    if draw(st.booleans()):
        schema["properties"] = draw(st.dictionaries(keys, pieces, min_size=1, max_size=3))
    return complete_schema(schema | {"type": "object"})


def places(part: Any) -> list[tuple[Any, Any]]:
    """Every key of every object and list inside."""
    found = []
    if isinstance(part, dict | list):
        for key, item in part.items() if isinstance(part, dict) else enumerate(part):
            found += [(part, key), *places(item)]
    return found


@st.composite
def edited(draw: st.DrawFn, schema: Schema) -> Schema:
    """The schema with something in it put, taken out or replaced."""
    other = copy.deepcopy(schema)
    for _turn in range(draw(st.integers(1, 2))):
        part, key = draw(st.sampled_from(places({"root": other})[1:]))
        how = draw(st.sampled_from(["drop", "number", "merge", "replace"]))
        if how == "drop" and isinstance(part, dict):
            del part[key]
        elif how == "number" and type(part[key]) in (int, float):
            part[key] = part[key] + draw(st.sampled_from([-1, 1]))
        elif how == "merge" and isinstance(part[key], dict):
            part[key] = part[key] | draw(pieces)
        elif how == "replace":
            part[key] = draw(pieces)
    return complete_schema(other)


def is_usable(schema: Schema) -> bool:
    told: list[Any] = []
    try:
        return check_schema(schema, (), lambda *problem: told.append(problem)) and not told
    except (TypeError, AttributeError):  # an edit put something where no schema may stand
        return False


def takes(schema: Schema, value: Any) -> bool:
    try:
        resolve(schema, value)
    except ParametersInvalid:
        return False
    return True


def is_breaking(before: Schema, after: Schema) -> bool:
    return any(one.klass is Klass.BREAKING for one in parameter_changes(before, after))


objects = st.lists(st.dictionaries(keys, values, max_size=3), min_size=6, max_size=12)


@MANY
@given(st.data(), schemas(), objects)
def test_what_was_taken_is_taken_where_nothing_is_called_breaking(
    data: st.DataObject, before: Schema, given_values: list[Any]
) -> None:
    after = data.draw(edited(before))
    assume(is_usable(before) and is_usable(after))
    if not is_breaking(before, after):
        for value in [{}, *given_values]:
            assert takes(after, value) or not takes(before, value)


WIDER: list[tuple[Any, Any]] = [
    ({"type": "integer"}, {"type": "number"}),
    ({"type": "integer"}, {"type": ["integer", "null"]}),
    ({"type": "string", "format": "date"}, {"type": "string"}),
    ({"type": "string", "maxLength": 3}, {"type": "string", "maxLength": 4}),
    ({"type": "string", "minLength": 3}, {"type": "string", "minLength": 0}),
    ({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}),
    ({"exclusiveMaximum": 1}, {"maximum": 1}),
    ({"multipleOf": 6}, {"multipleOf": 3}),
    ({"enum": ["a"]}, {"enum": ["a", "b"]}),
    ({"enum": ["a", "b"]}, {"type": "string"}),
    ({"const": 3}, {"type": "integer", "minimum": 2}),
    ({"type": "boolean"}, {"enum": [True, False]}),
    ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "array"}]}),
    ({"type": "string"}, {"oneOf": [{"type": "string"}, {"type": "array"}]}),
    ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["string", "null"]}),
    ({"oneOf": [{"const": 1}, {"const": 2}]}, {"anyOf": [{"const": 2}, {"const": 1}]}),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, {"minimum": 0}),
    ({"not": {"type": "string"}}, {}),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 1}, {"items": {"type": "number"}}),
    ({"type": "array", "uniqueItems": True}, {"type": "array"}),
    ({"type": "array", "prefixItems": [{"const": 1}]}, {"prefixItems": [{"type": "integer"}]}),
    ({"required": ["a"]}, {"required": []}),
    (
        {"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": False},
        {"type": "object", "additionalProperties": {"type": "number"}},
    ),
    (
        {"type": "object", "additionalProperties": False},
        {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
    ),
    ({"patternProperties": {"^a": {"const": 1}}}, {"patternProperties": {"^a": {"enum": [1, 2]}}}),
    ({"if": {"type": "string"}, "then": {"minLength": 1}}, {}),
    ({"$ref": "#/$defs/tree"}, {"$ref": "#/$defs/tree"}),
    ({"dependentRequired": {"a": ["b", "c"]}}, {"dependentRequired": {"a": ["b"]}}),
    ({"type": "object", "minProperties": 2}, {"type": "object", "minProperties": 1}),
    ({"type": "object", "maxProperties": 1}, {"type": "object", "maxProperties": 2}),
    ({"propertyNames": {"maxLength": 2}}, {"propertyNames": {"maxLength": 3}}),
]
TREE = {"tree": {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}}


def around(part: Any) -> Schema:
    return complete_schema({"properties": {"x": part}, "$defs": TREE})


@pytest.mark.parametrize(("before", "after"), WIDER)
def test_a_schema_that_takes_more_is_not_breaking_and_back_is(before: Any, after: Any) -> None:
    assert not is_breaking(around(before), around(after))
    alike = Subsumption(around(before), around(after)).same(before, after)
    back = is_breaking(around(after), around(before))
    mutual = Subsumption(around(after), around(before)).holds(after, before)
    assert back is not (alike or mutual)


def test_most_of_what_is_wider_is_breaking_the_other_way_round() -> None:
    back = [is_breaking(around(after), around(before)) for before, after in WIDER]
    assert back.count(False) == 5


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "number"}, {"type": "integer"}),
        ({}, {"type": "integer"}),
        ({"pattern": "^a"}, {"pattern": "^ab"}),
        ({"multipleOf": 0.3}, {"multipleOf": 0.1}),
        ({"oneOf": [{"minimum": 1}]}, {"oneOf": [{"minimum": 1}, {"minimum": 2}]}),
        ({}, {"not": {"const": 1}}),
        ({"type": "array"}, {"type": "array", "uniqueItems": True}),
        ({"type": "array"}, {"type": "array", "contains": {"const": 1}}),
        ({"properties": {"a": {"const": 1}}}, {"properties": {"a": {"const": 2}}}),
        ({"type": "object"}, {"type": "object", "properties": {"a": {"const": 2}}}),
        (
            {"uniqueItems": True, "items": {"properties": {"a": {}}}},
            {"uniqueItems": True, "items": {"properties": {"a": {"default": 1}}}},
        ),
        ({"maxProperties": 1}, {"maxProperties": 1, "properties": {"a": {"default": 1}}}),
    ],
)
def test_what_takes_less_or_can_not_be_shown_to_take_as_much_is_breaking(
    before: Any, after: Any
) -> None:
    assert is_breaking(around(before), around(after))


def test_a_tree_of_references_may_grow_and_not_shrink() -> None:
    def root(kind: str) -> Schema:
        part = {"type": kind, "properties": {"left": {"$ref": "#/$defs/tree"}}}
        return complete_schema(
            {
                "properties": {"x": {"$ref": "#/$defs/tree"}},
                "$defs": {"tree": {"properties": {"n": {"type": kind}, **part["properties"]}}},
            }
        )

    assert not is_breaking(root("integer"), root("number"))
    assert is_breaking(root("number"), root("integer"))


def test_references_in_a_circle_take_nothing() -> None:
    root = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}
    assert dereferenced(root, {"$ref": "#/$defs/a"}) is False
