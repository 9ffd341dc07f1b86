"""Expressions: where they begin and end, what they give, what they read, and how they fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.expressions import (
    ExpressionFailed,
    ExpressionInvalid,
    Template,
    compile_expression,
    evaluate,
    references,
)
from connectors.contract import SecretValue

SCOPE: dict[str, Any] = {
    "params": {
        "who": "Ana é",
        "n": 3,
        "half": 0.5,
        "two": 2.0,
        "yes": True,
        "nothing": None,
        "list": [1, 2, 3],
        "map": {"b": 1, "a": [True]},
        "huge": 2**70,
    },
    "steps": {
        "find": {"output": {"body": [{"id": "x"}, {"id": "y"}]}, "status": "succeeded"},
        "a-b": {"output": 5},
    },
    "endpoints": {"directory": "https://d.example"},
    "execution": {"id": "e1", "started_at": "2026-03-01T08:00:00Z"},
    "item": {"id": 7},
    "index": 0,
}


@pytest.mark.parametrize(
    ("template", "gives"),
    [
        ("plain", "plain"),
        ("${{ params.who }}", "Ana é"),
        ("${{params.n}}", 3),
        ("${{ params.two }}", 2.0),
        ("${{ params.half }}", 0.5),
        ("${{ params.yes }}", True),
        ("${{ params.nothing }}", None),
        ("${{ params.list }}", [1, 2, 3]),
        ("${{ params.map }}", {"b": 1, "a": [True]}),
        ("  ${{ params.n }}\n", 3),
        ("${{ params.n + 1 }}", 4),
        ("${{ params.half + 1.0 }}", 1.5),
        ("${{ params.list.map(x, x * 2) }}", [2, 4, 6]),
        ("${{ params['list'].filter(x, x > 1) }}", [2, 3]),
        ("${{ steps.find.output.body.map(r, r.id) }}", ["x", "y"]),
        ("${{ steps['a-b'].output }}", 5),
        ("${{ steps.find.output.body.exists(r, r.id == 'y') }}", True),
        ("${{ {'a': {'b': params.n}} }}", {"a": {"b": 3}}),
        ("${{ has(params.none) ? params.none : 'no' }}", "no"),
        ("${{ params.list.map(x, string(x)).join('-') }}", "1-2-3"),
        ("${{ 'A,b'.lowerAscii().split(',') }}", ["a", "b"]),
        ("${{ params.who.replace(' ', '_') }}", "Ana_é"),
        ("${{ timestamp(execution.started_at) + duration('90m') }}", "2026-03-01T09:30:00Z"),
        ("${{ duration('1500ms') }}", "1.5s"),
        ("${{ duration('-1ms') }}", "-0.001s"),
        ("${{ item.id + index }}", 7),
        ("n=${{ params.n }}, ${{ params.who }}!", "n=3, Ana é!"),
        ("${{ params.n }}${{ params.n }}", "33"),
        ("t=${{ params.two }} h=${{ params.half }}", "t=2 h=0.5"),
        ("${{ params.yes }}/${{ params.nothing }}", "true/null"),
        ("m=${{ params.map }} l=${{ params.list }}", 'm={"a":[true],"b":1} l=[1,2,3]'),
        ("i=${{ params.huge }}", "i=1180591620717411303424"),
        ("${{ '}}' }}", "}}"),
        ('${{ "a }} \\" b" }}', 'a }} " b'),
        ("${{ r'\\d}}' }}", "\\d}}"),
        ("${{ '''it's }}''' }}", "it's }}"),
        ("${{ {'a': {'b': 1}}}}", {"a": {"b": 1}}),
        ("${{ {'a': '{'}.a }} and {}", "{ and {}"),
        ("${{ // a }} comment\n 1 }}", 1),
        ("${{ '${{' }} x", "${{ x"),
        ("a }} b", "a }} b"),
        ("$ {{ x }}", "$ {{ x }}"),
        (
            {"a": ["${{ params.n }}", {"b": "x${{ index }}"}], "c": 1},
            {"a": [3, {"b": "x0"}], "c": 1},
        ),
    ],
    ids=str,
)
def test_a_template_gives(template: Any, gives: Any) -> None:
    found = evaluate(template, SCOPE)
    assert found == gives
    assert type(found) is type(gives)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("${{ params.who", "does not end"),
        ("${{ 'a }}", "Syntax error"),
        ("${{ { }}", "does not end"),
        ("${{ }}", "empty"),
        ("${{ 1 + }}", "Syntax error"),
        ("${{ parms.x }}", "no 'parms'"),
        ("${{ parms.x + 1 }}", "no 'parms"),
        ("${{ 1 + 2.0 }}", "string(x), int(x) or double(x)"),
        ("${{ nosuch(1) }}", "no 'nosuch'"),
        ("${{ params.in }}", "not valid"),
        ({"a${{ params.n }}": 1}, "key"),
        ("${{ '%s'.format([params.who]) }}", "format() is not available"),
        ("${{ '" + "x" * 4100 + "' }}", "longer than 4 kB"),
        ("${{ params.list.map(x, x + x) }}", "must be seen to be text"),
    ],
)
def test_what_can_not_be_compiled_says_why(template: Any, says: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        Template.parse(template)
    assert says in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("${{ params.nope }}", "params has no 'nope'; it has half,"),
        ("${{ params.who.first }}", "params.who is text and has no 'first'"),
        ("${{ steps.find.output.body.id }}", "steps.find.output.body is a list and has no 'id'"),
        ("${{ params.nope + 'x' }}", "there is no 'nope'"),
        ("${{ params.n + params.half }}", "do not go together"),
        ("${{ params.n / 0 }}", "divide by zero"),
        ("${{ 1.0 / 0.0 }}", "not a finite number"),
        ("${{ params.list[9] }}", "ndex"),
        ("${{ int(params.who) }}", "cannot convert"),
        ("${{ params.huge + 1 }}", "64 bits"),
        ("${{ b'abc' }}", "bytes"),
        ("${{ [b'abc'] }}", "bytes"),
        ("${{ type(1) }}", "a type"),
        ("${{ {1: 2} }}", "the key 1, which is not text"),
        ("${{ params.list.map(x, [x].map(y, y))[0][5] }}", "ndex"),
    ],
)
def test_what_has_no_value_says_which_expression_and_why(template: str, says: str) -> None:
    with pytest.raises(ExpressionFailed) as caught:
        evaluate(template, SCOPE)
    assert says in str(caught.value)
    assert template.strip("${} ")[:8] in str(caught.value)
    assert caught.value.hint


def test_what_the_scope_does_not_offer_is_missing() -> None:
    with pytest.raises(ExpressionFailed, match="no 'item'"):
        evaluate("${{ item }}", {"params": {}})
    with pytest.raises(ExpressionFailed):
        evaluate("${{ item.x + 1 }}", {"params": {}})


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("params.a", ["params.a"]),
        ("params.a.b + params.a", ["params.a.b", "params.a"]),
        ("'params.x' + params.y", ["params.y"]),
        ('"steps.x.output"', []),
        ("steps['a-b'].output[0].id", ["steps.a-b.output"]),
        ("steps[params.q].output", ["steps", "params.q"]),
        ("params.l.map(params, params.x)", ["params.l"]),
        ("params.l.map(x, .params.y)", ["params.l", "params.y"]),
        ("params.l.map(x, x.y == params.z)", ["params.l", "params.z"]),
        ("[1].map(steps, steps)", []),
        ("{'a': item, params.k: index}", ["item", "params.k", "index"]),
        ("true ? params.a : steps.b.status", ["params.a", "steps.b.status"]),
        ("// params.no\n params.yes", ["params.yes"]),
    ],
)
def test_references_are_what_the_expression_reads(source: str, reads: list[str]) -> None:
    assert sorted(map(str, references(source))) == sorted(reads)


def test_a_reference_that_is_only_asked_for_says_so() -> None:
    (one,) = references("has(params.x)")
    assert one.tested
    assert [one.tested for one in references("params.x")] == [False]


def test_the_type_is_known_before_where_it_can_be() -> None:
    types = {"'a'": "string", "1 + 1": "integer", "1.5": "number", "1 < 2": "boolean"}
    types |= {"[1]": "array", "{'a': 1}": "object", "params.x": "", "params['x'].map(y, y)": ""}
    assert {source: compile_expression(source).result_type for source in types} == types


def test_a_secret_passes_whole_and_never_inside_text() -> None:
    scope = {"secrets": {"token": SecretValue("token", "hunter2")}}
    assert isinstance(evaluate("${{ secrets.token }}", scope), SecretValue)
    for template in ("Bearer ${{ secrets.token }}", "${{ 'x' + secrets.token }}"):
        with pytest.raises(ExpressionFailed) as caught:
            evaluate(template, scope)
        assert "hunter2" not in str(caught.value)


def test_a_template_knows_its_expressions_and_where_they_stand() -> None:
    template = Template.parse({"a": ["${{ params.x }}", "v${{ index }}w"], "b": 1})
    assert not template.constant
    assert [(one.path, one.whole) for one in template.expressions] == [
        (("a", 0), True),
        (("a", 1), False),
    ]
    assert [str(one) for one in template.references] == ["params.x", "index"]
    assert Template.parse({"a": [1]}).constant


def test_evaluating_changes_neither_the_scope_nor_the_template() -> None:
    scope = {"params": {"l": [{"a": 1}]}}
    template = Template.parse("${{ params.l.map(x, x.a) }}")
    assert template.evaluate(scope) == [1]
    assert scope == {"params": {"l": [{"a": 1}]}}
    assert template.evaluate({"params": {"l": []}}) == []


def test_many_threads_get_each_their_own_answer() -> None:
    template = Template.parse({"a": "${{ params.l.map(x, x * 2) }}", "b": "${{ 'n' + params.s }}"})

    def run(number: int) -> bool:
        scope = {"params": {"l": list(range(number % 50)), "s": str(number)}}
        wanted = {"a": [2 * n for n in range(number % 50)], "b": f"n{number}"}
        return bool(template.evaluate(scope) == wanted)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(4000)))


# The library cuts text at NUL, which no row could hold anyway.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
        texts,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=10,
)


def same(left: Any, right: Any) -> bool:
    """Equal, and of the same type all the way down."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


@settings(max_examples=150)
@given(json_values)
def test_any_json_value_comes_back_from_cel_as_it_was(value: Any) -> None:
    scope = {"params": {"x": value}, "index": 0}
    assert same(evaluate("${{ params.x }}", scope), value)
    assert same(evaluate("${{ [params.x][index] }}", scope), value)
    assert same(evaluate("${{ [params.x].map(v, v) }}", scope), [value])


@settings(max_examples=150)
@given(st.text("${}'\"ab/\\rp.\n #", max_size=40))
def test_any_text_is_a_template_or_refused(text: str) -> None:
    with suppress(ExpressionInvalid):
        assert Template.parse(text).constant == ("${{" not in text)
