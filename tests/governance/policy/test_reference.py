"""Policies in words: the page of docs, and what it must hold."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from governance.policy.bundle import load_bundle
from governance.policy.reference import CONTROLS, reference_of
from tests.governance.policy.changing import shipped_with
from tests.governance.test_policies import ACTIONS, LISTED

DOCS = Path(__file__).resolve().parents[3] / "docs"
REFERENCE = reference_of(load_bundle())


def test_the_page_of_docs_is_what_the_policies_say() -> None:
    """Run `manage.py policy reference > docs/policies.md` after a change of the policies."""
    out = StringIO()
    call_command("policy", "reference", stdout=out)
    assert (DOCS / "policies.md").read_text() == out.getvalue()


def test_every_code_that_is_tried_is_told_with_its_controls() -> None:
    told = {refusal.code: refusal for refusal in REFERENCE.refusals}
    tried = {code for case in LISTED["cases"].values() for code in case["codes"]}
    assert set(told) == tried | {"policy_unavailable"}
    for refusal in told.values():
        assert refusal.messages
        assert any(control.startswith("SOC2:") for control in refusal.controls)
        assert any(control.startswith("ISO27001:A.") for control in refusal.controls)


def test_every_control_has_a_name_and_none_is_named_for_nothing() -> None:
    assert {name for name, _, _ in REFERENCE.controls} == set(CONTROLS)


def test_every_action_and_every_package_is_told() -> None:
    assert [one.name for one in REFERENCE.actions] == sorted(ACTIONS)
    assert len(REFERENCE.packages) == len(load_bundle().modules)
    assert all(one.title and one.description for one in REFERENCE.packages)


def test_what_another_set_says_of_itself_is_told(tmp_path: Path) -> None:
    folder = shipped_with(tmp_path)
    path = folder / "reasons.rego"
    path.write_text(path.read_text().replace("Sign in, or send a token, and ask again.", "No."))
    told = reference_of(load_bundle(folder))
    assert told.revision != REFERENCE.revision
    (refusal,) = [one for one in told.refusals if one.code == "not_signed_in"]
    assert refusal.messages == ("No.",)


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_an_identifier_is_one_that_people_can_map(name: str) -> None:
    family, _, rest = name.partition(":")
    assert family in {"SOC2", "ISO27001"}
    assert rest[0] in "CPA"
