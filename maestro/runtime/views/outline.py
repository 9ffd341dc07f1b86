"""An execution in outline: what it is of, who started it, how it stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy

from maestro.runtime.models import Execution, Trigger
from maestro.runtime.pages.words import showable, trouble
from maestro.runtime.services.follow_execution import Followed
from maestro.runtime.states import EXECUTION_ENDED, ExecutionStatus, StepStatus

_TRIGGERS = {
    Trigger.API.value: gettext_lazy("the API"),
    Trigger.RERUN.value: gettext_lazy("re-run"),
    Trigger.WORKFLOW.value: gettext_lazy("another workflow"),
}


def shown_status(execution: Execution, *, runs: bool, waits: bool) -> str:
    """The status for people: waiting, when nothing runs and something waits."""
    if execution.status == ExecutionStatus.RUNNING and waits and not runs:
        return "waiting"
    return execution.status


def outline(followed: Followed, counts: dict[str, int]) -> dict[str, Any]:
    """What `runtime/execution.html` calls the execution; `counts` are its steps by status."""
    execution = followed.execution
    runs = StepStatus.RUNNING in counts or any(
        row.status == StepStatus.QUEUED for row in followed.rows.values()
    )
    parent = execution.parent_step
    return {
        "id": execution.pk,
        "short_id": str(execution.pk)[-8:],
        "title": execution.title,
        "workflow": execution.workflow,
        "workflow_url": _workflow_url(execution),
        "again_url": _again_url(execution),
        "version": execution.version_number,
        "digest": execution.version_digest,
        "status": shown_status(execution, runs=runs, waits=StepStatus.WAITING in counts),
        "is_live": execution.status not in EXECUTION_ENDED,
        "started_by": execution.started_by_name,
        "purpose": execution.purpose,
        "reason": execution.reason,
        "trigger": str(_TRIGGERS.get(execution.trigger, "")),
        "created_at": execution.created_at,
        "started_at": execution.started_at,
        "finished_at": execution.finished_at,
        "seconds": seconds_of(execution),
        "cancel_requested": execution.cancel_requested_at is not None,
        "cancelled_by": execution.cancelled_by_name,
        "parent": _link(parent.execution_id) if parent else None,
        "rerun_of": _link(execution.rerun_of_id) if execution.rerun_of_id else None,
        "parameters": [(name, showable(value)) for name, value in execution.parameters.items()],
        "secrets": list(execution.secrets.items()),
        "endpoints": list(execution.endpoints.items()),
        "outputs": {name: showable(value) for name, value in execution.outputs.items()}
        if isinstance(execution.outputs, dict)
        else None,
        # What a step says itself is not said twice.
        "error": trouble(execution.error)
        if execution.error and "step" not in execution.error
        else None,
    }


def seconds_of(execution: Execution) -> float | None:
    """How long it took; None while it goes on, and for one that never began."""
    if execution.started_at is None or execution.finished_at is None:
        return None
    return (execution.finished_at - execution.started_at).total_seconds()


def _workflow_url(execution: Execution) -> str:
    publisher, _, slug = execution.workflow.partition("/")
    url = reverse("catalog:detail", args=[publisher, slug])
    return f"{url}?version={execution.version_number}"


def _again_url(execution: Execution) -> str:
    publisher, _, slug = execution.workflow.partition("/")
    return f"{reverse('runtime:run', args=[publisher, slug])}?from={execution.pk}"


def _link(execution_id: UUID) -> tuple[str, str]:
    return reverse("runtime:execution", args=[execution_id]), str(execution_id)[-8:]
