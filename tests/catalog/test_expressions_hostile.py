"""Expressions written to hurt: they are refused, or end, before they take memory or time."""

from __future__ import annotations

import resource
from contextlib import suppress
from typing import Any

import pytest

from catalog.expressions import ExpressionFailed, ExpressionInvalid, Template, evaluate

MEBIBYTE = 1024 * 1024


def memory() -> int:
    """The most memory that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def doubling(levels: int) -> str:
    body = "'ab'"
    for level in range(levels):
        body = f"[{body}].map(x{level}, x{level} + '' + x{level})[0]"
    return body


@pytest.mark.parametrize(
    "source",
    [
        "[params.x]" + "".join(f".map(a{n}, a{n} + '' + a{n})" for n in range(12)),
        "[params.x].map(a, a + a)",
        "[[params.x]].map(l, l + l)",
        " + ".join(["params.x"] * 100),
        "params.x" + ".replace('a', 'aaaaaaaaaa')" * 8,
        "params.x.replace('a', params.x)",
        "'%s%s'.format([params.x, params.x])",
    ],
)
def test_what_could_grow_without_bound_is_refused_when_it_is_written(source: str) -> None:
    with pytest.raises(ExpressionInvalid):
        Template.parse(f"${{{{ {source} }}}}")


def test_constants_that_double_a_few_times_end() -> None:
    before = memory()
    with suppress(ExpressionInvalid, ExpressionFailed):
        evaluate(f"${{{{ {doubling(10)} }}}}", {})
    assert memory() - before < 100


@pytest.mark.parametrize(
    "source",
    [
        "params.list.map(i, params.text + 'x')",
        "params.list.map(i, params.text + 'x').join('')",
        "params.list.map(i, params.text).join('')",
        "params.list.map(i, params.text)",
        "params.list.map(i, params.text.split(''))",
        "params.list.map(i, params.list.map(j, i))",
        "params.list.map(i, params.list.map(j, params.list.map(k, k)))",
        "[params.list, params.list, params.list, params.list].map(l, l.map(m, params.text))",
    ],
)
def test_what_grows_with_its_input_is_stopped_before_it_is_large(source: str) -> None:
    scope = {"params": {"list": list(range(5000)), "text": "x" * (MEBIBYTE // 2)}}
    template = Template.parse(f"${{{{ {source} }}}}")
    before = memory()
    with pytest.raises(ExpressionFailed) as caught:
        template.evaluate(scope)
    assert caught.value.hint
    assert memory() - before < 300


def test_the_same_expressions_work_on_what_is_small() -> None:
    scope = {"params": {"list": [1, 2], "text": "ab"}}
    assert evaluate("${{ params.list.map(i, params.text + 'x').join(';') }}", scope) == "abx;abx"
    assert evaluate("${{ params.list.map(i, params.list.map(j, i * j)) }}", scope) == [
        [1, 2],
        [2, 4],
    ]


def test_rendered_text_is_held_to_a_mebibyte() -> None:
    scope = {"params": {"x": "x" * (MEBIBYTE // 2 + 1)}}
    with pytest.raises(ExpressionFailed, match="1 MiB"):
        evaluate("${{ params.x }}-${{ params.x }}", scope)
    assert len(evaluate("a${{ params.x }}", scope)) == MEBIBYTE // 2 + 2


@pytest.mark.parametrize(
    "source",
    [
        "1" + "+1" * 2000,
        "(" * 1500 + "1" + ")" * 1500,
        "[" * 1500 + "1" + "]" * 1500,
        "params" + ".x" * 1500,
        "params['a']" * 3 + "[0]" * 1300,
        "true?1:" * 500 + "1",
        "size(" * 500 + "'a'" + ")" * 500,
        "[1]" + ".map(x,x)" * 400,
        "params." * 1000,
        "'" * 999,
        "\ud800",
        "'\\ud800'",
    ],
    ids=lambda source: ascii(source[:20]),
)
def test_deep_or_broken_sources_end_in_a_clear_error(source: str) -> None:
    with pytest.raises((ExpressionInvalid, ExpressionFailed)) as caught:
        evaluate(f"${{{{ {source} }}}}", {"params": {}})
    assert len(str(caught.value)) < 1000


def test_loops_over_constants_are_stopped_by_the_iteration_budget() -> None:
    ten = "[1,2,3,4,5,6,7,8,9,10]"
    source = (
        ten
        + ".map(a,"
        + ten
        + ".map(b,"
        + ten
        + ".map(c,"
        + ten
        + ".map(d,"
        + ten
        + ".map(e, e)))))"
    )
    with pytest.raises(ExpressionFailed, match="10,000"):
        evaluate(f"${{{{ {source} }}}}", {})


# --- long lists


def people(count: int) -> dict[str, Any]:
    return {
        "params": {"none": []},
        "steps": {"find": {"output": [{"id": str(n), "n": n} for n in range(count)]}},
    }


def test_ten_thousand_items_are_mapped_and_filtered() -> None:
    scope = people(10_000)
    assert evaluate("${{ steps.find.output.map(r, r.id) }}", scope) == [
        str(n) for n in range(10_000)
    ]
    assert evaluate("${{ size(steps.find.output.filter(r, r.n % 2 == 0)) }}", scope) == 5000
    chained = "${{ steps.find.output.filter(r, r.n < 9000).map(r, r.n * 2).filter(n, n >= 17000) }}"
    assert evaluate(chained, scope) == list(range(17000, 18000, 2))
    assert evaluate("${{ {'ids': steps.find.output.map(r, r.id), 'one': 1} }}", scope)["one"] == 1


def test_more_than_ten_thousand_items_are_refused() -> None:
    with pytest.raises(ExpressionFailed, match="10,000"):
        evaluate("${{ steps.find.output.map(r, r.id) }}", people(10_001))


@pytest.mark.parametrize("count", [1, 199, 200, 201, 450])
def test_pieces_give_what_the_whole_gives(count: int) -> None:
    scope = people(count)
    rows = scope["steps"]["find"]["output"]
    assert evaluate("${{ steps.find.output.map(r, r) }}", scope) == rows
    picked = evaluate("${{ steps.find.output.filter(r, r.n > 3).map(r, {'k': [r.n]}) }}", scope)
    assert picked == [{"k": [row["n"]]} for row in rows if row["n"] > 3]
    assert evaluate(
        "${{ steps.find.output.map(r, r.n > 2, 'x' + r.id).join(',') }}", scope
    ) == ",".join(f"x{row['id']}" for row in rows if row["n"] > 2)
    assert evaluate("${{ [steps.find.output.map(r, r.n), params.none.map(x, x)] }}", scope) == [
        [row["n"] for row in rows],
        [],
    ]


def test_a_loop_that_a_condition_leaves_out_does_not_fail() -> None:
    scope = people(300)
    source = "${{ has(params.more) ? params.more.map(x, x) : steps.find.output.map(r, r.n)[0] }}"
    assert evaluate(source, scope) == 0
    with pytest.raises(ExpressionFailed, match="'nope'"):
        evaluate("${{ steps.find.output.map(r, r.nope) }}", scope)


def test_a_map_is_looped_over_in_the_order_of_its_keys() -> None:
    scope = {"params": {"m": {f"k{n % 37:02}": n for n in range(37)}}}
    assert evaluate("${{ params.m.map(k, k) }}", scope) == [f"k{n:02}" for n in range(37)]


def test_times_inside_loops_are_compared_and_given_as_text() -> None:
    scope = {"params": {"l": ["2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z"]}}
    later = "${{ params.l.filter(t, timestamp(t) > timestamp('2026-03-01T00:00:00Z')) }}"
    assert evaluate(later, scope) == ["2026-06-01T00:00:00Z"]
    years = "${{ params.l.map(t, timestamp(t)).map(t, t.getFullYear()) }}"
    assert evaluate(years, scope) == [2026, 2026]
    assert evaluate("${{ params.l.map(t, timestamp(t)) }}", scope) == scope["params"]["l"]
