"""The contract: manifests, error classes, and secrets that show nothing."""

from __future__ import annotations

import copy
import json
import pickle
import time
from dataclasses import replace

import pytest

from connectors.contract import (
    ErrorClass,
    Manifest,
    SecretValue,
    TaskError,
    secrets_in,
)
from tests.connectors.servers import make_call

SECRET = "canary-0123456789"


def manifest(task: str = "acme.greet", version: str = "2.1.0", major: int = 2) -> Manifest:
    return Manifest(
        task=task,
        version=version,
        major=major,
        title="Greet",
        description="Greets.",
        input_schema={},
        output_schema={},
    )


def test_a_manifest_is_named_by_its_major() -> None:
    assert manifest().ref == "acme.greet@2"


@pytest.mark.parametrize(
    ("task", "version", "major"),
    [
        ("greet", "1.0.0", 1),
        ("Acme.Greet", "1.0.0", 1),
        ("acme.greet@1", "1.0.0", 1),
        ("acme.greet", "1.0", 1),
        ("acme.greet", "1.0.0", 2),
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(task: str, version: str, major: int) -> None:
    with pytest.raises(ValueError, match=r"acme|Acme|greet"):
        manifest(task, version, major)


def test_what_is_able_to_do_something_is_not_instant() -> None:
    assert replace(manifest(), instant=True).instant
    with pytest.raises(ValueError, match=r"acme\.greet: what is instant has no capabilities"):
        replace(manifest(), instant=True, capabilities=frozenset({"network"}))


def test_what_may_pass_by_itself_is_worth_another_try() -> None:
    assert {item.value for item in ErrorClass if item.retryable} == {
        "unavailable",
        "rate_limited",
        "timed_out",
        "worker_lost",
    }


def test_a_secret_shows_nothing_however_it_is_looked_at() -> None:
    secret = SecretValue("token", SECRET)
    shown = f"{secret} {secret!r} {[secret]} {secret!s:>20} {vars(make_call({'a': secret}))}"
    assert SECRET not in shown
    assert secret.reveal() == SECRET


def test_a_secret_is_never_serialised() -> None:
    secret = SecretValue("token", SECRET)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps({"a": secret})


def test_a_copy_of_inputs_keeps_its_secrets() -> None:
    secret = SecretValue("token", SECRET)
    assert copy.deepcopy({"a": [secret]}) == {"a": [secret]}


def test_secrets_are_found_wherever_they_stand() -> None:
    first, second = SecretValue("a", "1"), SecretValue("b", "2")
    assert secrets_in({"x": [first, {"y": (second, "z")}], "n": 1}) == [first, second]


def test_time_left_is_never_below_zero() -> None:
    assert make_call({}, seconds=-5).remaining() == 0
    assert 4 < make_call({}, seconds=5).remaining() <= 5
    assert make_call({}).deadline > time.monotonic()


def test_an_error_carries_its_class_and_what_to_do() -> None:
    error = TaskError(ErrorClass.CONFLICT, "It is closed.", hint="Open it.", details={"id": 1})
    assert (error.message, error.hint, error.details) == ("It is closed.", "Open it.", {"id": 1})
    assert error.retry_after is None
