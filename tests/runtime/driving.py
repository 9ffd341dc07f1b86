"""Running executions in the test's own process, without a broker: what a worker does, step by step."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from catalog.models import WorkflowVersion
from catalog.services.freeze_version import freeze_version
from connectors import registry as registry_module
from connectors.contract import Task
from connectors.registry import Registry, registry
from maestro.kernel.actor import Actor
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.runtime.services.start_execution import start_execution
from maestro.runtime.worker.drive import drive

ALIASES = ["default", "jobs", "platform", "owner"]

_HEAD = """
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: {name}
  title: {title}
  version: {version}
  description: For a test.
  category: FinOps
  risk: {risk}
  owner_team: Tests
  tags: []
  changelog: First.
"""


def document(
    steps: str,
    *,
    name: str = "tried",
    version: str = "1.0.0",
    risk: str = "low",
    parameters: str = "parameters: {type: object, properties: {}}",
    rest: str = "",
) -> bytes:
    """A workflow document around `steps`, which is YAML of the list."""
    head = _HEAD.format(name=name, title=name.title(), version=version, risk=risk)
    parts = [head, textwrap.dedent(parameters), "steps:", textwrap.dedent(steps)]
    return "\n".join([*parts, textwrap.dedent(rest)]).encode()


def freeze(actor: Actor, steps: str, **kwargs: Any) -> WorkflowVersion:
    """Freeze such a document."""
    return freeze_version(
        actor=actor, source=document(steps, **kwargs), media_type="application/yaml"
    ).version


def start(actor: Actor, workflow: str = "tried", **kwargs: Any) -> Execution:
    """Start it; nothing runs yet."""
    return start_execution(actor=actor, workflow=workflow, **kwargs).execution


def run(actor: Actor, workflow: str = "tried", **kwargs: Any) -> Execution:
    """Start it and take it as far as it goes."""
    execution = start(actor, workflow, **kwargs)
    drive(execution.pk)
    return look(execution)


def look(execution: Execution) -> Execution:
    """The execution now."""
    with tenant_scope(execution.tenant_id):
        return Execution.objects.get(pk=execution.pk)


def steps_of(execution: Execution) -> dict[str, StepRun]:
    """Its steps by id, without items."""
    with tenant_scope(execution.tenant_id):
        rows = StepRun.objects.filter(execution=execution, item_index=-1)
        return {row.step_id: row for row in rows}


def items_of(execution: Execution, step_id: str) -> list[StepRun]:
    """The items of a step that ran for each of many."""
    with tenant_scope(execution.tenant_id):
        rows = StepRun.objects.filter(execution=execution, step_id=step_id, item_index__gte=0)
        return list(rows.order_by("item_index"))


def events_of(execution: Execution) -> list[tuple[str, str]]:
    """What happened: (kind, step)."""
    with tenant_scope(execution.tenant_id):
        rows = ExecutionEvent.objects.filter(execution=execution).order_by("id")
        return [(row.kind, row.step_id) for row in rows]


def statuses(execution: Execution) -> dict[str, str]:
    """Each step's status."""
    return {name: row.status for name, row in steps_of(execution).items()}


@contextmanager
def known(task: Task) -> Iterator[None]:
    """A task of the test's own, known to the registry meanwhile."""
    before = registry()
    tasks = [before.get(ref) for ref in before.manifests()]
    registry_module.install(Registry([*filter(None, tasks), task]))
    yield
    registry_module.install(before)


def as_if_unheard(execution: Execution) -> None:
    """The message that begins it was sent six seconds ago, and nobody looked."""
    fetch(
        "jobs",
        "UPDATE runtime_execution SET wake_at = wake_at - interval '6 seconds' WHERE id = %(id)s",
        {"id": execution.pk},
    )
