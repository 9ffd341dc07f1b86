"""`manage.py policy simulate`: scenarios that people write, on either engine."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from governance.policy.bundle import load_bundle
from governance.policy.scenarios import ScenariosUnreadable, read_scenarios
from tests.governance.policy.changing import shipped_with
from tests.governance.policy.real_opa import free_port, opa_over

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "policy-scenarios"
ONE = """
scenarios:
  - name: A viewer reads
    who: {roles: [viewer]}
    does: workflow.read
    to: {type: workflow}
    expect: {allow: true}
"""


def said(*words: str) -> tuple[str, int, str]:
    out = StringIO()
    try:
        call_command("policy", "simulate", *words, stdout=out)
    except CommandError as problem:
        return out.getvalue(), problem.returncode, str(problem)
    return out.getvalue(), 0, ""


def test_the_examples_are_as_expected_on_both_engines(tmp_path: Path, settings: Any) -> None:
    count, revision = len(read_scenarios(EXAMPLES)), load_bundle().revision
    assert count > 10
    wanted = f"{count} of {count} as expected, by {revision}.\n"
    assert said(str(EXAMPLES)) == (wanted, 0, "")
    with opa_over(load_bundle(), tmp_path) as url:
        settings.OPA_URL = url
        assert said(str(EXAMPLES), "--engine", "opa") == (wanted, 0, "")


def test_everything_that_is_decided_otherwise_is_said(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(
        ONE
        + """
  - name: A viewer starts
    who: {roles: [viewer]}
    does: execution.start
    to: {type: workflow, risk: low}
    context: {purpose: practice}
    expect: {allow: true}
  - name: A start of high risk
    who: {roles: [operator]}
    does: execution.start
    to: {type: workflow, risk: high}
    context: {purpose: practice}
    expect: {allow: true}
"""
    )
    out, code, why = said(str(file))
    assert (code, why) == (1, "2 decided otherwise.")
    assert "one.yaml: A viewer starts\n  refused, expected allowed\n" in out
    assert "  reasons role_missing, expected none\n" in out
    assert "one.yaml: A start of high risk\n  obligations [{'type': 'require_approval'" in out
    assert "1 of 3 as expected" in out


def test_a_draft_is_tried_before_it_is_built(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "one.yaml").write_text(ONE)
    stricter = '\ndeny contains reasons.own_execution if input.action == "workflow.read"\n'
    draft = shipped_with(tmp_path, authz=stricter)
    assert said(str(tmp_path / "scenarios"))[1] == 0
    out, code, _ = said(str(tmp_path / "scenarios"), "--policies", str(draft))
    assert code == 1
    assert "reasons own_execution, expected none" in out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "can't be read"),
        ("[]", "a file is one list"),
        ("scenarios: {}", "a file is one list"),
        ("scenarios: []\nmore: 1", "a file is one list"),
        ("scenarios: [x]", "it is no object"),
        (ONE.replace("does:", "dose:"), "there is no key dose"),
        (ONE.replace("roles:", "rolls:"), "who has no key rolls"),
        (ONE.replace("name: A viewer reads", "name: 1"), "it has no name"),
        (ONE.replace("allow: true", "allow: perhaps"), "expect says allow"),
        (ONE.replace("allow: true", "allow: false"), "what is refused has reasons"),
        (ONE.replace("allow: true", "allow: true, codes: []"), "expect has no key codes"),
        ("scenarios: []", "there are no scenarios"),
    ],
)
def test_what_is_no_scenario_is_said(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "one.yaml").write_text(text)
    with pytest.raises(ScenariosUnreadable) as refusal:
        read_scenarios(tmp_path)
    assert any(why in problem for problem in refusal.value.problems)
    assert said(str(tmp_path))[1] == 2


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("[]")
    (tmp_path / "b.yaml").write_text(ONE.replace("does:", "dose:").replace("roles:", "rolls:"))
    _, code, why = said(str(tmp_path))
    assert code == 2
    assert len(why.splitlines()) == 4


def test_an_engine_that_is_away_is_said(settings: Any, tmp_path: Path) -> None:
    settings.OPA_URL = f"http://127.0.0.1:{free_port()}"
    assert said(str(EXAMPLES), "--engine", "opa")[1] == 2
    assert said(str(EXAMPLES), "--policies", str(tmp_path))[1] == 2
