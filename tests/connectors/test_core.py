"""The core tasks."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from connectors.contract import ErrorClass, TaskError
from connectors.kinds.core import APPROVAL, CALL, WAIT, FailStep, SetValues, TransformValue
from tests.connectors.servers import make_call


def test_set_gives_its_values() -> None:
    assert SetValues().execute(make_call({"values": {"a": 1, "b": [2]}})) == {"a": 1, "b": [2]}


def test_set_refuses_what_is_no_object() -> None:
    with pytest.raises(TaskError) as caught:
        SetValues().execute(make_call({"values": [1]}))
    assert caught.value.error_class is ErrorClass.INVALID_INPUT


@pytest.mark.parametrize("value", [None, 0, "", [1], {"a": None}, 1.5])
def test_transform_gives_its_value(value: Any) -> None:
    assert TransformValue().execute(make_call({"value": value})) == value


def test_fail_fails_with_its_message_and_class() -> None:
    with pytest.raises(TaskError, match="Out of paper") as caught:
        FailStep().execute(make_call({"message": "Out of paper"}))
    assert caught.value.error_class is ErrorClass.FAILED
    with pytest.raises(TaskError) as caught:
        FailStep().execute(make_call({"message": "Later", "error_class": "unavailable"}))
    assert caught.value.error_class is ErrorClass.UNAVAILABLE


@pytest.mark.parametrize("error_class", ["internal", "worker_lost", "cancelled", "nonsense"])
def test_a_workflow_can_not_pretend_to_be_the_engine(error_class: str) -> None:
    with pytest.raises(TaskError) as caught:
        FailStep().execute(make_call({"message": "x", "error_class": error_class}))
    assert caught.value.error_class is ErrorClass.INVALID_INPUT


def test_control_tasks_are_planned_here_and_never_executed() -> None:
    inputs: list[tuple[Any, dict[str, Any], str]] = [
        (WAIT, {"duration": "5m"}, "Waits 5m"),
        (WAIT, {"until": "2026-12-18T17:00:00Z"}, "Waits until 2026-12-18T17:00:00Z"),
        (APPROVAL, {}, "Waits for one approval"),
        (APPROVAL, {"count": 2, "teams": ["Ops"]}, "Waits for 2 approvals from Ops"),
        (CALL, {"workflow": "close-account", "version": "^2"}, "Runs close-account ^2"),
    ]
    for task, given, summary in inputs:
        jsonschema.validate(given, dict(task.manifest.input_schema))
        assert task.manifest.control
        assert task.plan(make_call(given))[0].summary == summary
        with pytest.raises(TaskError) as caught:
            task.execute(make_call(given))
        assert caught.value.error_class is ErrorClass.INTERNAL


@pytest.mark.parametrize(
    ("task", "inputs"),
    [
        (WAIT, {}),
        (WAIT, {"duration": "5m", "until": "2026-12-18T17:00:00Z"}),
        (WAIT, {"duration": "5 minutes"}),
        (APPROVAL, {"count": 0}),
        (APPROVAL, {"expires": "soon"}),
        (CALL, {}),
        (SetValues(), {"value": {}}),
        (FailStep(), {"message": ""}),
    ],
)
def test_wrong_inputs_are_wrong_by_the_manifest(task: Any, inputs: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(inputs, dict(task.manifest.input_schema))
