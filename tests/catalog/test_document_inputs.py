"""A step's `with` against a task's schema while some of its values are not known yet."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.json_schema import errors_of
from catalog.parameters import validator_of
from catalog.quick_check import Open, compile_quick
from catalog.task_inputs import Inputs, takes_secret

UNKNOWN = "?"


def found(schema: Any, value: Any) -> list[tuple[str, str]]:
    """What is certainly wrong; `?` in a value is an expression, `?integer` one of that type."""
    kinds: dict[tuple[str | int, ...], str] = {}

    def look(part: Any, path: tuple[str | int, ...]) -> None:
        if isinstance(part, dict):
            for key, item in part.items():
                look(item, (*path, key))
        elif isinstance(part, list):
            for index, item in enumerate(part):
                look(item, (*path, index))
        elif isinstance(part, str) and part.startswith(UNKNOWN):
            kinds[path] = part[1:]

    look(value, ())
    problems: list[tuple[str, str]] = []
    inputs = Inputs(value, kinds, dict.fromkeys(kinds, "${{ … }}"))
    inputs.check(
        schema, (), lambda path, code, *_: problems.append((code, ".".join(map(str, path))))
    )
    return problems


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "value", "wrong"),
    [
        ({"properties": {"a": NUMBER}}, {"a": "?"}, []),
        ({"properties": {"a": NUMBER}}, {"a": "?integer"}, []),
        ({"properties": {"a": NUMBER}}, {"a": "?number"}, []),
        ({"properties": {"a": NUMBER}}, {"a": "?string"}, [("wrong_type", "a")]),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, {"a": "?string"}, []),
        ({"properties": {"a": {"type": "string", "pattern": "^x"}}}, {"a": "?string"}, []),
        ({"properties": {"a": {"type": "array", "minItems": 2}}}, {"a": "?array"}, []),
        ({"properties": {"a": {"type": "object", "required": ["b"]}}}, {"a": "?object"}, []),
        ({"required": ["b"]}, {"a": "?"}, [("missing", "b")]),
        ({"properties": {}, "additionalProperties": False}, {"a": "?"}, [("unknown_key", "a")]),
        ({"maxProperties": 1}, {"a": "?", "b": "?"}, [("out_of_range", "")]),
        ({"additionalProperties": TEXT}, {"a": "?integer", "b": "?"}, [("wrong_type", "a")]),
        ({"properties": {"a": {"anyOf": [TEXT, NUMBER]}}}, {"a": "?"}, []),
        ({"properties": {"a": {"anyOf": [TEXT, NUMBER]}}}, {"a": "?boolean"}, [("wrong_type", "a")]),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": "?"}, []),
        ({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"c": "?"}, [("missing", "")]),
        ({"oneOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"a": {"const": 2}}}]}, {"a": "?"}, []),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1, "b": 2}, [("not_valid", "")]),
        ({"not": {"required": ["a", "b"]}}, {"a": "?", "b": "?"}, [("not_valid", "")]),
        ({"not": {"required": ["a", "b"]}}, {"a": "?"}, []),
        ({"not": {"properties": {"a": {"const": "?"}}}}, {"a": "?"}, []),
        ({"if": {"properties": {"a": {"const": "?"}}}, "then": {"required": ["b"]}}, {"a": "?"}, []),
        ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}, [("missing", "b")]),
        ({"properties": {"l": {"items": NUMBER}}}, {"l": [1, "?", "?string"]}, [("wrong_type", "l.2")]),
        ({"properties": {"l": {"uniqueItems": True}}}, {"l": ["?", "?"]}, []),
        ({"properties": {"l": {"uniqueItems": True}}}, {"l": [1, 1]}, [("duplicate_item", "l")]),
        ({"properties": {"l": {"prefixItems": [NUMBER]}}}, {"l": ["?string"]}, [("wrong_type", "l.0")]),
        ({"$defs": {"n": NUMBER}, "properties": {"a": {"$ref": "#/$defs/n"}}}, {"a": "?boolean"}, [("wrong_type", "a")]),
        ({"properties": {"a": {"type": "string", "minLength": 3}}}, {"a": "ab", "b": "?"}, [("out_of_range", "a")]),
    ],
    ids=repr,
)  # fmt: skip
def test_only_what_holds_for_any_value_is_a_problem(
    schema: Any, value: Any, wrong: list[tuple[str, str]]
) -> None:
    assert found(schema, value) == wrong


@pytest.mark.parametrize(
    ("schema", "path", "takes"),
    [
        ({"properties": {"a": {"x-secret": True}}}, ("a",), True),
        ({"properties": {"a": {"x-secret": True}}}, ("b",), False),
        ({"properties": {"a": {"x-secret": False}}}, ("a",), False),
        ({"additionalProperties": {"x-secret": True}}, ("b",), True),
        ({"properties": {"a": {"items": {"x-secret": True}}}}, ("a", 3), True),
        ({"properties": {"a": {"prefixItems": [{}, {"x-secret": True}]}}}, ("a", 1), True),
        ({"properties": {"a": {"prefixItems": [{}, {"x-secret": True}]}}}, ("a", 0), False),
        ({"anyOf": [{"properties": {"a": {"x-secret": True}}}, {}]}, ("a",), True),
        ({"$defs": {"s": {"x-secret": True}}, "properties": {"a": {"$ref": "#/$defs/s"}}}, ("a",), True),
        ({"$defs": {"s": {"$ref": "#/$defs/s"}}, "properties": {"a": {"$ref": "#/$defs/s"}}}, ("a",), False),
        ({"properties": {"a": {"x-secret": True}}}, ("a", "inside"), False),
    ],
    ids=repr,
)  # fmt: skip
def test_a_secret_may_stand_only_where_the_schema_marks_it(
    schema: Any, path: tuple[str | int, ...], *, takes: bool
) -> None:
    assert takes_secret(schema, path) is takes


@pytest.mark.parametrize(
    "schema",
    [{"oneOf": []}, {"patternProperties": {"a": {}}}, {"$ref": "#"}, {"enum": [1]}, False],
    ids=repr,
)
def test_what_the_quick_check_does_not_know_it_leaves_alone(schema: Any) -> None:
    assert compile_quick(schema) is None
    assert compile_quick({"properties": {"a": schema}}) is None


leaves = st.one_of(
    st.sampled_from([{}, True, TEXT, NUMBER, {"type": "number"}, {"type": ["boolean", "null"]}]),
    st.builds(lambda n: {"minimum": n}, st.integers(-2, 2)),
    st.builds(lambda n: {"type": "string", "maxLength": n}, st.integers(0, 3)),
    st.builds(lambda n: {"minItems": n, "items": NUMBER}, st.integers(0, 2)),
    st.sampled_from([{"enum": ["a", "b"]}, {"pattern": "^a"}, {"format": "email"}]),
)
schemas = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {"properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2)},
            optional={
                "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
                "additionalProperties": st.one_of(st.booleans(), inner),
                "maxProperties": st.integers(0, 2),
                "not": st.just({"required": ["a", "b"]}),
            },
        ),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda parts: {"allOf": parts}, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=5,
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.5, "a", "ab", "x"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=400)
@given(schemas, values)
def test_what_the_quick_check_accepts_the_full_validator_accepts(schema: Any, value: Any) -> None:
    quick = compile_quick(schema)
    if quick is not None and quick(value):
        assert jsonschema.Draft202012Validator(schema).is_valid(value)
        assert isinstance(schema, bool) or not errors_of(validator_of(schema), value)


def test_an_open_value_is_held_to_its_type() -> None:
    quick = compile_quick({"properties": {"a": {"type": "integer", "minimum": 3}}})
    assert quick is not None
    assert [quick({"a": Open(kind)}) for kind in ("", "integer", "number", "string")] == [
        True,
        True,
        True,
        False,
    ]
