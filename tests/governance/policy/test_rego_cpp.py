"""What the engine of this process is told, and what policies may call: as a real OPA has it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from regopy import RegoError

from governance.policy.references import AGREED
from governance.policy.rego_cpp import Compiled
from tests.services_report import real_service

TEXTS = [
    "", "a", "b", "abc", "low", "é", "e\u0301", "Ünï", "日本", "😀", "\u2028", "\x7f",
    'a"b', '"low"', '"', '""', "a\\b", "\\", '\\"', "\\u0061", "a\nb", "\n", "\\n", "\t",
    "\x00", "a\x00b", "low\x00", "\x01", "a/b", "`", "${x}", " ",
]  # fmt: skip
NUMBERS = [
    0, 1, -1, 2, 10, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2.0, 2.5, -0.25, 0.1, 1e-6, 1e300,
    123456.789012,
]  # fmt: skip
VALUES = [None, True, False, *NUMBERS[:5], 2.5, *TEXTS, [], [1, "a"], {}, {"a": 1}]


def answers(source: str, rule: str, facts: Mapping[str, Any], *, data: Mapping[str, Any]) -> Any:
    """What rego-cpp says to the rule of package `t`."""
    said = Compiled({"t.rego": f"package t\n\n{source}"}, data, [f"t/{rule}"])
    return json.loads(said.answer(f"t/{rule}", facts))["expressions"][0]


def opa(
    folder: Path, source: str, rule: str, facts: Mapping[str, Any], *, data: Mapping[str, Any]
) -> Any:
    """What OPA says to it."""
    (folder / "t.rego").write_text(f"package t\n\n{source}")
    (folder / "data.json").write_text(json.dumps(data))
    (folder / "input.json").write_text(json.dumps(facts))
    ran = subprocess.run(
        [
            *(str(real_service("opa")), "eval", "--strict-builtin-errors", "--format", "json"),
            *("--data", "t.rego", "--data", "data.json", "--input", "input.json"),
            f"data.t.{rule}",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return json.loads(ran.stdout)["result"][0]["expressions"][0]["value"]


def same(
    folder: Path, source: str, rule: str, facts: Mapping[str, Any], data: Mapping[str, Any]
) -> None:
    here, there = (
        answers(source, rule, facts, data=data),
        opa(folder, source, rule, facts, data=data),
    )
    assert here == there


def test_a_text_is_the_same_in_a_question_in_the_data_and_in_a_rule(tmp_path: Path) -> None:
    written = ",\n".join(f"\t{json.dumps(text, ensure_ascii=False)}" for text in TEXTS)
    source = (
        f"written := [\n{written},\n]\n"
        "same contains [i, j, k] if {\n"
        "\tsome i, one in input.texts\n"
        "\tsome j, other in data.texts\n"
        "\tone == other\n"
        "\tsome k, third in written\n"
        "\tone == third\n"
        "}\n"
    )
    found = answers(source, "same", {"texts": TEXTS}, data={"texts": TEXTS})
    assert sorted(found) == [[i, i, i] for i in range(len(TEXTS))]
    found = opa(tmp_path, source, "same", {"texts": TEXTS}, data={"texts": TEXTS})
    assert sorted(found) == [[i, i, i] for i in range(len(TEXTS))]


def test_a_text_names_the_same_thing_in_both(tmp_path: Path) -> None:
    source = (
        "found := [[named, listed] |\n"
        "\tsome text in input.texts\n"
        "\tnamed := data.by[text]\n"
        "\tlisted := input.by[text]\n"
        "\ttext in data.texts\n"
        "]\n"
    )
    by = {text: number for number, text in enumerate(TEXTS)}
    facts = {"texts": TEXTS, "by": by}
    found = answers(source, "found", facts, data=facts)
    assert found == [[number, number] for number in range(len(TEXTS))]
    same(tmp_path, source, "found", facts, facts)


def test_numbers_are_compared_alike(tmp_path: Path) -> None:
    source = (
        "told contains [i, j, [a == b, a != b, a < b, a <= b, a > b, a >= b]] if {\n"
        "\tsome i, a in input.numbers\n"
        "\tsome j, b in input.numbers\n"
        "}\n"
    )
    facts = {"numbers": NUMBERS}
    here = answers(source, "told", facts, data={})
    assert len(here) == len(NUMBERS) ** 2
    assert sorted(here) == sorted(opa(tmp_path, source, "told", facts, data={}))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(2**63, id="beyond-64-bits"),
        pytest.param(-(2**63) - 1, id="below-64-bits"),
        pytest.param(2**64 + 2, id="two-when-cut"),
        pytest.param(1e-9, id="too-small"),
        pytest.param(0.12345678, id="too-many-digits"),
        pytest.param(float("nan"), id="nan"),
        pytest.param(float("inf"), id="inf"),
        pytest.param("\ud800", id="no-utf-8"),
        pytest.param(object(), id="no-json"),
        pytest.param({"a"}, id="a-set"),
        pytest.param({1: "a"}, id="no-name"),
    ],
)
def test_what_can_not_be_told_exactly_is_not_told(value: Any) -> None:
    asked = Compiled({"t.rego": "package t\n\nd := input.v\n"}, {}, ["t/d"])
    for facts in ({"v": value}, {"v": [value]}, {"v": {"x": value}}):
        with pytest.raises((ValueError, TypeError)):
            asked.answer("t/d", facts)
    assert asked.answer("t/d", {"v": 1}) == '{"expressions":[1]}'


def test_an_answer_is_that_to_the_last_question() -> None:
    asked = Compiled({"t.rego": "package t\n\nd := input.v\n"}, {}, ["t/d"])
    for text in TEXTS:
        assert json.loads(asked.answer("t/d", {"v": text})) == {"expressions": [text]}
    assert asked.answer("t/d", {}) == "undefined"


def test_what_does_not_compile_and_what_fails_have_no_answer() -> None:
    with pytest.raises(RegoError):
        Compiled({"t.rego": "package t\n\nd := {\n"}, {}, ["t/d"])
    failing = Compiled({"t.rego": "package t\n\nd := abs(input.v)\n"}, {}, ["t/d", "t/e"])
    with pytest.raises(RegoError):
        failing.answer("t/d", {"v": "x"})
    with pytest.raises(RegoError):
        failing.answer("t/nowhere", {})
    assert failing.answer("t/d", {"v": -1}) == '{"expressions":[1]}'


_ANY = [[value] for value in VALUES]
_PAIRS = [list(pair) for pair in product(TEXTS, TEXTS)]
_LISTS = [[], [1], ["a", "b"], ["b", None, [1]], [{"a": 1}, "\n"]]
CALLS: dict[str, list[list[Any]]] = {
    **dict.fromkeys([name for name in AGREED if name.startswith("is_")], _ANY),
    "type_name": _ANY,
    "abs": [[number] for number in NUMBERS[:6] + NUMBERS[9:13]],
    "array.concat": [list(pair) for pair in product(_LISTS, _LISTS)],
    "array.reverse": [[one] for one in _LISTS],
    "count": [*([one] for one in _LISTS), [{}], [{"a": 1, "b": 2}]],
    **dict.fromkeys(["startswith", "trim_prefix"], _PAIRS),
    "object.get": [
        [{"a": 1, '"': 2, "\n": [3]}, name, "none"] for name in ["a", '"', "\n", "b", "\\n"]
    ],
    "object.remove": [[{"a": 1, '"': 2, "b": 3}, names] for names in ([], ["a"], ['"', "b", "c"])],
    "strings.any_prefix_match": [
        *([text, ["a", "\n", "\\"]] for text in TEXTS),
        *([TEXTS, text] for text in TEXTS),
        *([text, text] for text in TEXTS),
    ],
    "sum": [[[]], [[1, 2, 3]], [[1, -1]], [[10**15, 1]]],
}


@pytest.mark.parametrize("name", sorted(AGREED))
def test_what_policies_may_call_is_answered_alike(name: str, tmp_path: Path) -> None:
    calls = CALLS[name]
    names = ", ".join(f"args[{number}]" for number in range(len(calls[0])))
    source = f"told := [said |\n\tsome args in input.calls\n\tsaid := {name}({names})\n]\n"
    assert len(answers(source, "told", {"calls": calls}, data={})) == len(calls)
    same(tmp_path, source, "told", {"calls": calls}, {})
