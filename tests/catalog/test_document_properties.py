"""Properties that hold for any document, right or wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.document import DOCUMENT_SCHEMA, DocumentInvalid, load_frozen
from catalog.document_graph import Order, find_cycles
from catalog.shape import compile_shape
from catalog.source import read_source
from catalog.source_problems import is_exact
from catalog.version_ranges import VersionRange, version_key
from maestro.kernel.canonical import canonical_bytes
from tests.catalog.documents import RIGHT, manifests, parse, value

SLOW = settings(max_examples=60)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
numbers = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(is_exact),
)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts.filter(lambda text: "${{" not in text)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(texts.filter(lambda key: "${{" not in key), inner, max_size=3),
    ),
    max_leaves=8,
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A document that is right: steps in a random order of waiting, with what may be left out."""
    ids = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    steps = []
    for index, name in enumerate(ids):
        needs = draw(st.lists(st.sampled_from(ids[:index]), unique=True)) if index else []
        values = draw(st.dictionaries(names, plain, max_size=3))
        if needs:
            values["seen"] = f"${{{{ steps.{needs[0]}.output }}}}"
        step: dict[str, Any] = {"id": name, "task": "core.set@1", "with": {"values": values}}
        if needs or draw(st.booleans()):
            step["needs"] = needs
        if draw(st.booleans()):
            step["when"] = draw(st.sampled_from([True, "${{ params.x != 'a' }}"]))
        if draw(st.booleans()):
            step["for_each"] = draw(st.lists(plain, max_size=3))
            step["max_parallel"] = draw(st.integers(1, 50))
        if draw(st.booleans()):
            step["timeout"] = (
                f"{draw(st.integers(1, 9999))}{draw(st.sampled_from(['ms', 's', 'm']))}"
            )
        if draw(st.booleans()):
            step["retry"] = {"attempts": draw(st.integers(1, 10)), "on": ["timed_out"]}
        steps.append(step)
    draw(st.randoms(use_true_random=False)).shuffle(steps)
    document: dict[str, Any] = {
        "apiVersion": "maestro/v1",
        "kind": "Workflow",
        "metadata": {"name": "any", "title": "Any", "version": "1.0.0"},
        "parameters": {"properties": {"x": {"type": "string", "default": draw(texts)}}},
        "steps": steps,
    }
    if draw(st.booleans()):
        document["outputs"] = draw(st.dictionaries(names, plain, max_size=2))
    return document


def refusal(read: Callable[..., Any], *given: Any) -> DocumentInvalid | None:
    """What `read` refuses the document with, if it does."""
    try:
        read(*given)
    except DocumentInvalid as error:
        return error
    return None


def shuffled(part: Any, chance: random.Random) -> Any:
    if isinstance(part, dict):
        keys = list(part)
        chance.shuffle(keys)
        return {key: shuffled(part[key], chance) for key in keys}
    return [shuffled(item, chance) for item in part] if isinstance(part, list) else part


@SLOW
@given(documents(), st.randoms(use_true_random=False))
def test_any_document_freezes_to_one_digest_however_it_is_written(
    document: dict[str, Any], chance: random.Random
) -> None:
    first = parse(json.dumps(document))
    assert first.canonical == canonical_bytes(first.frozen)
    assert parse(first.canonical).digest == first.digest
    assert parse(json.dumps(shuffled(document, chance), ensure_ascii=False)).digest == first.digest
    assert load_frozen(json.loads(first.canonical)).digest == first.digest


@SLOW
@given(documents())
def test_yaml_and_json_freeze_to_the_same_digest(document: dict[str, Any]) -> None:
    # JSON is YAML as well, so the same text goes through both readers.
    text = json.dumps(document, ensure_ascii=True)
    if "\\ud" in text:
        return  # YAML has no surrogate pairs in escapes
    as_json = parse(text, media_type="application/json")
    assert parse(text, media_type="application/yaml").digest == as_json.digest


@SLOW
@given(st.binary(max_size=300))
def test_random_bytes_are_refused_and_nothing_else_happens(raw: bytes) -> None:
    refused = refusal(parse, raw)
    assert refused is None or all(one.line and one.column and one.code for one in refused.problems)


@SLOW
@given(st.text("{}[]&*!|>'\"%@`#-?:, \n\tab1.$~<", max_size=80))
def test_random_yaml_is_read_or_refused_with_a_place(text: str) -> None:
    refused = refusal(read_source, text.encode(), "application/yaml")
    assert refused is None or all(one.line and one.column for one in refused.problems)


@SLOW
@given(plain)
def test_what_is_written_as_json_is_read_as_it_was(part: Any) -> None:
    text = json.dumps(part, ensure_ascii=False)
    assert read_source(text.encode(), "application/json").value == part


EXPRESSIONS = [
    "${{ steps.x.output }}",
    "${{ 1 +",
    "${{ params.deep.a.b }}",
    "${{ secrets.token }}",
    "${{ item }}",
]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """The right document with a few nodes replaced by something else, or with keys more."""
    document = value()
    for _change in range(draw(st.integers(1, 3))):
        break_once(draw, document)
    return json.dumps(document).encode()


def break_once(draw: st.DrawFn, document: Any) -> None:
    part: Any = document
    while True:
        keys: list[Any] = list(part) if isinstance(part, dict) else list(range(len(part)))
        if not keys:
            return
        key = draw(st.sampled_from(keys))
        inner = part[key]
        if isinstance(inner, dict | list) and draw(st.booleans()):
            part = inner
            continue
        if isinstance(part, dict) and draw(st.booleans()):
            part[draw(texts)] = draw(plain)
        else:
            part[key] = draw(st.one_of(plain, st.sampled_from(EXPRESSIONS)))
        return


@SLOW
@given(broken())
def test_any_broken_document_is_refused_with_places_or_still_right(raw: bytes) -> None:
    refused = refusal(parse, raw)
    if refused is None:
        document = parse(raw)
        assert parse(document.canonical).digest == document.digest
    else:
        assert all(one.line and one.column and one.message for one in refused.problems)


@SLOW
@given(broken())
def test_the_shape_check_and_a_schema_validator_agree(raw: bytes) -> None:
    import jsonschema

    found: list[str] = []
    part = json.loads(raw)
    compile_shape(DOCUMENT_SCHEMA)(part, (), lambda *problem: found.append(problem[1]))
    valid = jsonschema.Draft202012Validator(DOCUMENT_SCHEMA).is_valid(part)
    # A line break at the end is where ECMA-262 and Python differ.
    assert valid == (not found) or "wrong_format" in found


graphs = st.dictionaries(
    st.sampled_from("abcdefg"), st.lists(st.sampled_from("abcdefg"), max_size=4), min_size=1
)


def reaches(needs: dict[str, list[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    stack = list(needs.get(start, ()))
    while stack:
        name = stack.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            stack += needs.get(name, ())
    return False


@given(graphs)
def test_a_cycle_is_found_exactly_where_there_is_one(needs: dict[str, list[str]]) -> None:
    cycles = find_cycles(needs)
    in_cycles = {name for cycle in cycles for name in cycle}
    for cycle in cycles:
        for name, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert following in needs[name]
    assert bool(cycles) == any(reaches(needs, name, name) for name in needs)
    assert all(reaches(needs, name, name) for name in in_cycles)


@given(graphs)
def test_who_waits_for_whom_is_what_a_walk_finds(needs: dict[str, list[str]]) -> None:
    if find_cycles(needs):
        return
    order = Order(needs)
    for step in needs:
        for other in needs:
            assert order.waits(step, other) == reaches(needs, step, other)


def test_two_thousand_steps_in_a_row_are_accepted() -> None:
    head = RIGHT.split("steps:")[0].split("secrets:")[0]
    steps = ["  - {id: s0, task: core.set@1, with: {values: {}}}"]
    steps += [
        f"  - {{id: s{n}, task: core.set@1, needs: [s{n - 1}], "
        f"with: {{values: {{a: '${{{{ steps.s{n - 1}.output.a }}}}'}}}}}}"
        for n in range(1, 2000)
    ]
    document = parse(f"{head}steps:\n" + "\n".join(steps))
    assert len(document.steps) == 2000
    assert manifests()["core.set@1"]


# --- version ranges

parts = st.integers(0, 12)
versions = st.builds(lambda a, b, c: f"{a}.{b}.{c}", parts, parts, parts)


@given(versions, versions)
def test_a_caret_range_is_what_keeps_the_first_number_that_is_not_zero(
    low: str, other: str
) -> None:
    wanted = VersionRange.parse(f"^{low}")
    left, right = version_key(low)[:3], version_key(other)[:3]
    fixed = next((index for index in range(3) if left[index]), 2)
    assert wanted.allows(other) == (right >= left and right[: fixed + 1] == left[: fixed + 1])


@given(st.lists(versions, max_size=6), versions)
def test_the_best_version_is_the_highest_allowed(there: list[str], low: str) -> None:
    wanted = VersionRange.parse(f">={low}")
    allowed = [one for one in there if version_key(one) >= version_key(low)]
    best = wanted.best(there)
    assert (best is None) == (not allowed)
    assert best is None or version_key(best) == max(map(version_key, allowed))


def test_version_ranges_read_as_npm_reads_them() -> None:
    cases = {
        "^1.2.3": ("1.2.3 1.9.0", "1.2.2 2.0.0 1.3.0-rc.1"),
        "^0.2.3": ("0.2.3 0.2.9", "0.3.0 0.2.2"),
        "^0.0.3": ("0.0.3", "0.0.4"),
        "~1.2": ("1.2.0 1.2.9", "1.3.0 1.1.9"),
        "~1": ("1.0.0 1.9.0", "2.0.0"),
        "1.x": ("1.0.0 1.9.0", "2.0.0 0.9.0"),
        "1.2": ("1.2.7", "1.3.0"),
        "*": ("0.0.1 9.9.9", "1.0.0-rc.1"),
        "1.2.3": ("1.2.3", "1.2.4"),
        ">=1.0.0 <2.0.0": ("1.0.0 1.9.9", "2.0.0 0.9.9"),
        ">1.2": ("1.3.0", "1.2.9"),
        "<=1.2": ("1.2.9", "1.3.0"),
        "^1.0.0-rc.1": ("1.0.0-rc.2 1.0.0 1.1.0", "1.0.0-beta 1.1.0-rc.1"),
    }
    for text, (inside, outside) in cases.items():
        wanted = VersionRange.parse(text)
        assert all(map(wanted.allows, inside.split())), text
        assert not any(map(wanted.allows, outside.split())), text
