"""The registry: built-in tasks, those of packages, and what is said of a wrong one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from connectors.contract import JSON, Call, Manifest, PlannedCall, Task
from connectors.registry import GROUP, Registry, builtin_tasks, load, registry

BUILT_IN = {
    "core.approval@1",
    "core.fail@1",
    "core.set@1",
    "core.transform@1",
    "core.wait@1",
    "email.send@1",
    "http.request@1",
    "workflow.call@1",
}


class Greet:
    """A third party's task."""

    def __init__(self, name: str = "acme.greet", major: int = 1, control: bool = False) -> None:
        self.manifest = Manifest(
            task=name,
            version=f"{major}.0.0",
            major=major,
            title="Greet",
            description="Greets.",
            input_schema={"type": "object"},
            output_schema={"type": "string"},
            control=control,
        )

    def plan(self, call: Call) -> list[PlannedCall]:
        return [PlannedCall("Greets")]

    def execute(self, call: Call) -> JSON:
        return "hello"


GREET = Greet()
SEVERAL = [Greet("acme.one"), lambda: Greet("acme.two")]
CLASH = Greet("http.request")
CONTROL = Greet("acme.control", control=True)
NOT_A_TASK = 7


def explode() -> Task:
    raise RuntimeError("no licence")


def offer(name: str) -> EntryPoint:
    return EntryPoint(name.lower(), f"{__name__}:{name}", GROUP)


def test_the_built_in_tasks_are_there() -> None:
    assert set(registry().manifests()) == BUILT_IN
    assert registry().problems == ()


def test_the_registry_is_loaded_once() -> None:
    assert registry() is registry()


def test_a_package_brings_tasks_as_an_object_a_class_or_a_list() -> None:
    found = load([offer("GREET"), offer("Greet"), offer("SEVERAL")])
    assert set(found.manifests()) - BUILT_IN == {"acme.greet@1", "acme.one@1", "acme.two@1"}
    assert [problem.source for problem in found.problems] == [f"greet = {__name__}:Greet"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("CLASH", "http.request@1 is there already"),
        ("CONTROL", "only the engine's own are"),
        ("NOT_A_TASK", "has no manifest"),
        ("explode", "no licence"),
        ("missing", "AttributeError"),
    ],
)
def test_what_can_not_be_loaded_is_said_and_the_rest_works(name: str, says: str) -> None:
    found = load([offer(name), offer("GREET")])
    assert set(found.manifests()) - BUILT_IN == {"acme.greet@1"}
    (problem,) = found.problems
    assert says in problem.message
    assert name in problem.source


def test_a_built_in_task_can_not_be_replaced() -> None:
    found = load([offer("CLASH")])
    assert not isinstance(found.get("http.request@1"), Greet)


def test_a_package_is_found_by_its_entry_point_without_editing_anything(tmp_path: Path) -> None:
    (tmp_path / "acme_tasks.py").write_text("from tests.connectors.test_registry import GREET\n")
    info = tmp_path / "acme_tasks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-tasks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ngreet = acme_tasks:GREET\n")
    script = "from connectors.registry import registry; print(*registry().manifests())"
    root = Path(__file__).parents[2]
    output = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": f"{tmp_path}:{root}", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "acme.greet@1" in output.split()


def test_the_contract_and_the_registry_need_no_django() -> None:
    script = (
        "import sys, connectors.registry, connectors.contract, maestro.kernel.redaction\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('django', 'celery')])"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert output.strip() == "[]"


@pytest.mark.parametrize(
    ("ref", "nearest"),
    [
        ("http.request@2", "http.request@1"),
        ("http.requst@1", "http.request@1"),
        ("htttp.request", "http.request@1"),
        ("mail.send@1", "email.send@1"),
        ("core.aproval@1", "core.approval@1"),
        ("zzzzzz", None),
    ],
)
def test_the_nearest_name_is_offered(ref: str, nearest: str | None) -> None:
    assert registry().nearest(ref) == nearest


def test_of_several_majors_the_newest_is_offered() -> None:
    found = Registry([Greet(major=1), Greet(major=2), Greet(major=10)])
    assert found.nearest("acme.greet@3") == "acme.greet@10"


def test_a_registry_takes_any_tasks() -> None:
    found = Registry([Greet()])
    assert found.get("acme.greet@1") is not None
    assert found.get("http.request@1") is None


def places(schema: Any, path: str = "") -> list[tuple[str, Mapping[str, Any]]]:
    if not isinstance(schema, Mapping):
        return []
    found = [(path, schema)] if path else []
    for name, item in schema.get("properties", {}).items():
        found += places(item, f"{path}/{name}")
    return found


@pytest.mark.parametrize("task", builtin_tasks(), ids=lambda task: task.manifest.ref)
def test_every_manifest_is_a_valid_schema_with_a_description_for_each_input(task: Task) -> None:
    assert isinstance(task, Task)
    manifest = task.manifest
    for schema in (manifest.input_schema, manifest.output_schema):
        jsonschema.Draft202012Validator.check_schema(dict(schema))
    assert manifest.title
    assert manifest.description
    assert manifest.input_schema["additionalProperties"] is False
    for path, schema in places(dict(manifest.input_schema)):
        if path.count("/") == 1:
            assert schema.get("title"), path
            assert schema.get("description"), path
