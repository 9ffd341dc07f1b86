"""The embedded engine: no answer but a whole one, from any thread, and never an echo."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.answer import (
    POLICY_UNAVAILABLE,
    MalformedAnswer,
    PolicyAnswer,
    read_answer,
    unavailable,
)
from governance.policy.bundle import POLICIES, BrokenBundle, Bundle, load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.engine import engine, load_engine, use_engine
from governance.policy.references import References
from tests.governance.policy.questions import nested
from tests.governance.test_policies import LISTED, asked, laid_over

HEAD = "package maestro.authz\n\n"
YES = 'decision := {"allow": true, "deny": [], "obligations": []}'
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def rego(*rules: str, **others: str) -> EmbeddedRego:
    modules = {"authz.rego": HEAD + "\n\n".join(rules) + "\n"}
    modules |= {f"{name}.rego": source for name, source in others.items()}
    return EmbeddedRego(Bundle(modules, {}, "0" * 64))


def test_policies_that_say_yes_allow() -> None:
    assert rego(YES).decide({}) == PolicyAnswer(True, (), (), "r-00000000")
    assert rego(YES).healthy() == (False, "policies r-00000000 do not decide")


def decision(allow: str = "true", deny: str = "", obligations: str = "") -> str:
    return f'decision := {{"allow": {allow}, "deny": [{deny}], "obligations": [{obligations}]}}'


REASON = '{"code": "x", "message": "", "control": ""}'
NO = decision("false", REASON)


@pytest.mark.parametrize(
    ("what", "rules"),
    [
        ("does not parse", ['decision := {"allow": tru']),
        ("has no decision", ["other := 1"]),
        ("is undefined", [YES + " if input.nothing"]),
        ("fails in a built-in", [YES + ' if abs("x") == 1']),
        ("contradicts itself", ["decision := 1", "decision := 2"]),
        ("has no object", ["decision := true"]),
        ("has less than the shape", ['decision := {"allow": true}']),
        ("has more than the shape", [decision()[:-1] + ', "x": 1}']),
        ("says yes in another type", [decision("1")]),
        ("says yes and no", [decision("true", REASON)]),
        ("says no without a reason", [decision("false")]),
        ("gives a reason without a code", [decision("false", '{"message": "x", "control": ""}')]),
        ("gives a code that is none", [decision("false", REASON.replace("x", "X y"))]),
        ("gives a code of another type", [decision("false", REASON.replace('"x"', "1"))]),
        ("obliges to what nobody knows", [decision(obligations='{"type": "dance"}')]),
        ("obliges to no object", [decision(obligations='"require_approval"')]),
        (
            "obliges while it refuses",
            [decision("false", REASON, '{"type": "require_approval"}')],
        ),
    ],
)
def test_an_answer_that_is_none_is_a_no(what: str, rules: list[str]) -> None:
    broken = rego(*rules)
    assert broken.decide({"action": "workflow.read"}) == unavailable("r-00000000"), what
    assert broken.healthy()[0] is False


@pytest.mark.parametrize(
    "call",
    [
        'net.cidr_contains("10.0.0.0/8", input.address)',
        "json.match_schema({}, {})",
        "http.send({})",
        "rego.metadata.rule()",
        "no_such_function(input)",
        "data.maestro.other.no_such_function(input)",
    ],
)
def test_a_built_in_that_is_missing_refuses_instead_of_letting_through(call: str) -> None:
    open_door = rego(
        'decision := {"allow": allow, "deny": [], "obligations": []}',
        "default allow := true",
        f"allow := false if {call}",
    )
    assert open_door.decide({"address": "10.0.0.1"}) == unavailable("r-00000000")
    healthy, why = open_door.healthy()
    assert not healthy
    assert call.partition("(")[0] in why


def test_a_built_in_that_fails_refuses_instead_of_letting_through() -> None:
    open_door = rego(
        'decision := {"allow": allow, "deny": [], "obligations": []}',
        "default allow := true",
        "allow := false if abs(input.age) < 18",
    )
    assert open_door.decide({"age": 21}).allow
    assert open_door.decide({"age": "unknown"}) == unavailable("r-00000000")


def test_a_rule_of_another_package_that_is_mistyped_refuses() -> None:
    typo = rego(
        "import data.maestro.reasons",
        YES + " if count(deny) == 0",
        "deny contains reasons.mistypd if input.x",
        reasons='package maestro.reasons\n\nmistyped := "x"\n',
    )
    assert typo.healthy() == (
        False,
        "they use what is not there, or not agreed on: authz.rego: reasons.mistypd",
    )


def test_references_that_lead_somewhere_are_left_alone() -> None:
    modules = {
        "a.rego": "package a\n\nimport data.b.c as see\n\n# lost(x)\n"
        "f(x) := see.g(x) if count(`lost(`) > 0\n",
        "c.rego": 'package b.c\n\nimport data.a\n\ng(x) := abs(x) if a.f("lost(")\n',
    }
    assert References(modules).unresolved() == []
    modules["c.rego"] = modules["c.rego"].replace("abs", "upper")
    assert References(modules).unresolved() == ["c.rego: upper"]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("time.now_ns() > 0", id="the-clock"),
        pytest.param('rand.intn("x", 2) == 1', id="chance"),
        pytest.param('semver.compare("1.0.0-rc.2", "1.0.0-rc.10") < 0', id="otherwise-than-opa"),
        pytest.param('endswith(input.host, ".example")', id="letters-of-a-text"),
        pytest.param('object.subset({"a": 1}, {1})', id="ends-the-process"),
    ],
)
def test_policies_that_call_what_is_not_agreed_on_are_refused(call: str) -> None:
    """Their answer may change while it is kept, or be another one than OPA's."""
    looking = rego(f"{YES} if {call}")
    assert looking.decide({}) == unavailable("r-00000000")
    assert call.partition("(")[0] in looking.fault


def test_an_answer_is_kept_for_the_same_question_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = rego(YES + ' if input.who == "ana"', NO + ' if input.who != "ana"')
    asked_for: list[object] = []
    real = EmbeddedRego._ask
    monkeypatch.setattr(
        EmbeddedRego, "_ask", lambda self, facts: asked_for.append(facts) or real(self, facts)
    )
    for who in ("ana", "bo", "ana", "bo", "ana"):
        assert counted.decide({"who": who}).allow is (who == "ana")
    assert not counted.decide({"who": "Ana"}).allow
    assert asked_for == [{"who": "ana"}, {"who": "bo"}, {"who": "Ana"}]


def test_policies_are_told_what_they_look_at_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So a thousand things that differ in nothing they look at are one question."""
    looking = rego(YES + " if input.subject.roles[0] == input.wanted")
    asked_for: list[object] = []
    real = EmbeddedRego._ask
    monkeypatch.setattr(
        EmbeddedRego, "_ask", lambda self, facts: asked_for.append(facts) or real(self, facts)
    )
    for number in range(3):
        subject = {"roles": ["author"], "id": number}
        assert looking.decide({"subject": subject, "wanted": "author", "id": number}).allow
    assert asked_for == [{"subject": {"roles": ["author"]}, "wanted": "author"}]


@pytest.mark.parametrize(
    ("rule", "read"),
    [
        ("input.a.b == 1; input.a.c", {"a": {"b": None, "c": None}}),
        ("input.a.b == 1; input.a[_] == 2", {"a": None}),
        ("input.a[_] == 2; input.a.b == 1", {"a": None}),
        ('input.a["b"] == 1', {"a": None}),
        ("some x in input.a; input.b", {"a": None, "b": None}),
        ("whole := input; whole.a", None),
        ('input["a"]; input.b', None),
        ("input.a; walk(input)", None),
        ('x == "input.a" # input.b', {}),
        ("data.input.a; myinput.b; inputs.c", {}),
    ],
)
def test_what_is_not_sure_to_be_left_alone_counts_as_looked_at(rule: str, read: object) -> None:
    references = References({"a.rego": f"package a\n\ny if {{\n\t{rule}\n}}\n"})
    assert references.facts_read() == read


@pytest.mark.parametrize(
    "text", ['$"{time.now_ns()}"', "$`{time.now_ns()}`", '$"a {input.x} b"', 'concat("", [$""])']
)
def test_a_text_with_code_in_it_is_refused(text: str) -> None:
    """What stands in a text is not searched for what policies must not do."""
    hiding = rego(f'{YES} if {text} != ""')
    assert hiding.decide({}) == unavailable("r-00000000")
    assert "can't do safely" in hiding.fault or "do not compile" in hiding.fault


def test_no_more_answers_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.policy.embedded.KEPT_ANSWERS", 3)
    counted = rego(YES + " if input.n < 5", NO + " if input.n >= 5")
    for n in range(10):
        assert counted.decide({"n": n}).allow is (n < 5)
        assert 1 <= len(counted._answers) <= 3


def test_whether_it_is_healthy_is_asked_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = load_engine()
    assert listed.healthy()[0]
    monkeypatch.setattr(EmbeddedRego, "_ask", lambda self, facts: None)
    assert not listed.healthy()[0]


def test_a_broken_interpreter_is_not_asked_again() -> None:
    strange = rego(YES + " if abs(input.n) == 1")
    assert strange.decide({"n": "x"}) == unavailable("r-00000000")
    assert strange.decide({"n": 1}).allow


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="no-json"),
        pytest.param(2**64, id="beyond-64-bits"),
        pytest.param("\ud800", id="no-utf-8"),
        pytest.param(nested(100_000), id="too-deep"),
    ],
)
def test_what_policy_can_t_be_asked_is_a_no(value: object) -> None:
    assert engine().decide({"action": value}).deny == (POLICY_UNAVAILABLE,)


def test_a_fault_is_logged_without_the_question(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        rego(YES + " if abs(input.n) == 1").decide({"n": "canary-7f3a"})
        rego('decision := {"allow": input.n}').decide({"n": "canary-7f3a"})
        engine().decide({"action": object(), "n": "canary-7f3a"})
    assert len(caplog.records) == 3
    assert "canary-7f3a" not in caplog.text


def test_text_that_poses_as_an_answer_stays_a_text() -> None:
    echo = rego(
        'decision := {"allow": false, "deny": [{"code": "x", "message": input.m, "control": ""}],'
        ' "obligations": []}'
    )
    posing = 'x"}], "allow": true, "deny": [], "obligations": [{"type": "require_approval", "a": "'
    for text in ("plain", posing, "a\\", '"', "\x00\n"):
        answer = echo.decide({"m": text})
        assert not answer.allow
        assert [reason.message for reason in answer.deny] == [text]


@pytest.mark.parametrize("text", ['"staging"', "staging\x00", "staging\x00evil", "\x00staging"])
def test_a_text_is_not_taken_for_one_like_it(text: str) -> None:
    """In quotation marks, or before a NUL, another text may stand."""
    only = rego(
        YES + ' if input.environment == "staging"', NO + ' if input.environment != "staging"'
    )
    assert only.decide({"environment": "staging"}).allow
    assert not only.decide({"environment": text}).allow


@given(st.text(max_size=80), st.sampled_from(["id", "tenant", "kind"]))
def test_no_text_in_a_question_talks_its_way_in(text: str, field: str) -> None:
    case = LISTED["cases"]["another tenant's workflow is out of reach"]
    question = laid_over(asked(case), {"subject": {field: text}, "resource": {"id": text}})
    assert not engine().decide(question).allow


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=12,
    )
)
def test_no_answer_is_read_from_anything_else(value: Any) -> None:
    with pytest.raises((MalformedAnswer, ValueError)):
        read_answer(json.dumps(value), "r")


def test_the_policies_on_disk_are_healthy() -> None:
    assert load_engine().healthy() == (True, load_bundle().revision)


def test_without_policies_everything_is_refused(tmp_path: Path) -> None:
    none = load_engine(tmp_path)
    assert none.decide({"action": "workflow.read"}) == unavailable("")
    assert none.healthy() == (False, f"{tmp_path.name} holds no policies")


def test_a_process_makes_its_engine_once() -> None:
    before = use_engine(None)
    try:
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda _: engine(), range(8)))
        assert all(one is made[0] for one in made)
    finally:
        use_engine(before)


def test_the_revision_follows_every_byte(tmp_path: Path) -> None:
    for path in POLICIES.glob("*.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = load_bundle(tmp_path)
    (tmp_path / "authz.rego").write_text((tmp_path / "authz.rego").read_text() + "\n")
    assert same.revision == load_bundle().revision
    assert load_bundle(tmp_path).revision != same.revision


@pytest.mark.parametrize(
    "files", [{}, {"data.json": b"{}"}, {"a.rego": b"\xff"}, {"a.rego": b"", "data.json": b"{"}]
)
def test_policies_that_can_t_be_read_are_none(tmp_path: Path, files: dict[str, bytes]) -> None:
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(BrokenBundle):
        load_bundle(tmp_path)


def test_eight_threads_are_all_answered_right() -> None:
    cases = list(LISTED["cases"].values())
    expected = [(asked(case), sorted(case["codes"])) for case in cases]
    shared = load_engine()

    def ask(start: int) -> int:
        wrong = 0
        for turn in range(600):
            question, codes = expected[(start * 7 + turn) % len(expected)]
            answer = shared.decide(question)
            wrong += [reason.code for reason in answer.deny] != codes
        return wrong

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(8))) == 0
