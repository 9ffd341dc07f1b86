"""Purposes: in the registry, or asked for again."""

from __future__ import annotations

import pytest

from governance.purposes import UnknownPurpose, find_purpose, purposes, require_purpose
from maestro.kernel.actor import ANONYMOUS, system_actor
from maestro.kernel.errors import PurposeRequired


def test_every_purpose_is_described_and_found_by_its_name() -> None:
    assert len(purposes()) == 9
    for purpose in purposes():
        assert find_purpose(purpose.name) is purpose
        assert purpose.title
        assert purpose.description.endswith(".")


def test_trying_out_does_not_reach_production() -> None:
    assert {purpose.name for purpose in purposes() if not purpose.in_production} == {
        "practice",
        "workflow.authoring",
    }


def test_a_purpose_is_taken_from_the_actor_or_by_name() -> None:
    assert require_purpose("finops.review").name == "finops.review"
    assert require_purpose(ANONYMOUS.for_purpose("practice")).name == "practice"
    assert require_purpose(system_actor("pump")).name == "platform.operations"


def test_without_a_purpose_the_choices_are_named() -> None:
    with pytest.raises(PurposeRequired) as refusal:
        require_purpose(ANONYMOUS)
    assert refusal.value.code == "purpose_required"
    assert "audit.evidence" in refusal.value.details["purposes"]


@pytest.mark.parametrize("name", ["fun", "Practice", "practice "])
def test_a_purpose_of_another_name_is_none(name: str) -> None:
    with pytest.raises(UnknownPurpose) as refusal:
        require_purpose(name)
    assert (refusal.value.code, refusal.value.status) == ("unknown_purpose", 400)
