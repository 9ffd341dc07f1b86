"""What is refused before it could be in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.policy.bundle import load_bundle
from governance.policy.trial import try_out
from tests.governance.policy.changing import shipped_with


def test_the_shipped_policies_pass() -> None:
    assert try_out(load_bundle()) == []


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("authz", "\nallow := {", "they do not compile"),
        ("more", "package maestro.more\n\nx := net.cidr_contains(input.a, input.b)\n", "not there"),
        ("more", "package maestro.more\n\nx := time.now_ns()\n", "not agreed on"),
        (
            "more",
            "package maestro.more\n\nx := data.maestro.authz.allow with input as {}\n",
            "with",
        ),
        ("authz", "\ndeny contains reasons.own_execution\n", "do not decide|otherwise|roll them"),
        (
            "authz",
            '\ndeny contains reasons.own_execution if input.action == "policy.rollback"\n',
            "could not roll them back",
        ),
        (
            "purposes",
            '\nknown if input.context.purpose == "fun"\n',
            "decided otherwise: an unknown purpose is refused",
        ),
        ("tests/own_test", "package maestro.own_test\n\ntest_it if 1 == 2\n", "own_test.test_it"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, file: str, text: str, why: str) -> None:
    found = try_out(load_bundle(shipped_with(tmp_path, **{file: text})))
    assert found
    assert any(part in fault for fault in found for part in why.split("|")), found


def test_a_test_of_its_own_passes(tmp_path: Path) -> None:
    own = "package maestro.own_test\n\ntest_it if data.maestro.tables.roles.viewer.viewer\n"
    assert try_out(load_bundle(shipped_with(tmp_path, **{"tests/own_test": own}))) == []


def test_without_tests_they_are_refused(tmp_path: Path) -> None:
    folder = shipped_with(tmp_path)
    for path in (folder / "tests").iterdir():
        path.unlink()
    assert try_out(load_bundle(folder)) == ["they have no tests"]


def test_what_never_ends_is_refused() -> None:
    assert try_out(load_bundle(), patience=0.01) == ["they were not tried out within 0 s"]
