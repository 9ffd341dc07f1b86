"""The reads of the runtime, by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.apps import apps
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from maestro.kernel.models import TenantQuerySet
from maestro.runtime.states import EXECUTION_ENDED, StepStatus, WaitingFor

if TYPE_CHECKING:
    from maestro.runtime.models import (  # noqa: F401
        Execution,
        ExecutionEvent,
        Grant,
        RunPreset,
        SavedFilter,
        StepRun,
        Withdrawal,
    )

SUGGESTED_FROM = 500


class ExecutionQuerySet(TenantQuerySet["Execution"]):
    """Executions."""

    def newest_first(self) -> Self:
        """By id, which is a UUIDv7 and so goes with time."""
        return self.order_by("-id")

    def of_workflow(self, definition_id: UUID) -> Self:
        """The runs of one workflow."""
        return self.filter(definition_id=definition_id)

    def unfinished(self) -> Self:
        """Those to which something may still happen."""
        return self.exclude(status__in=EXECUTION_ENDED)

    def of_installation(self, installation_id: UUID) -> Self:
        """The runs of one installation."""
        return self.filter(installation_id=installation_id)

    def at_address(self, workflow: str) -> Self:
        """The runs of the workflow at `publisher/slug`."""
        return self.filter(workflow=workflow)

    def with_status(self, status: str) -> Self:
        """Those that are there now."""
        return self.filter(status=status)

    def started_by_person(self, person: UUID) -> Self:
        """What one person started."""
        return self.filter(started_by=person)

    def before(self, execution_id: UUID) -> Self:
        """What is older than an execution."""
        return self.filter(id__lt=execution_id)

    def after(self, execution_id: UUID) -> Self:
        """What is newer than an execution."""
        return self.filter(id__gt=execution_id)

    def pulse(self, execution_id: UUID) -> tuple[int, str, datetime | None, datetime | None] | None:
        """Revision, status, begin and end of one: all that tells whether a page is up to date."""
        return (
            self.filter(pk=execution_id)
            .values_list("revision", "status", "started_at", "finished_at")
            .first()
        )

    def followed(self, execution_id: UUID) -> Execution | None:
        """One, with the step that called it."""
        large = (f"parent_step__{name}" for name in ("input", "output", "log"))
        return self.filter(pk=execution_id).select_related("parent_step").defer(*large).first()

    def for_lists(self) -> Self:
        """Without what may be large, and with `asks`: whether it waits for people."""
        asking = apps.get_model("runtime.StepRun")._default_manager.filter(
            execution_id=OuterRef("pk"), status=StepStatus.WAITING, waiting_for=WaitingFor.APPROVAL
        )
        return self.defer(
            "parameters", "endpoints", "secrets", "obligations", "outputs", "error"
        ).annotate(asks=Exists(asking))

    def workflows(self) -> list[tuple[str, str]]:
        """The address and title of each workflow among the latest runs, by title.

        Of the latest 500, whatever the number of executions: to suggest, not to know them all.
        """
        latest = self.order_by("-id").values_list("workflow", "title")[:SUGGESTED_FROM]
        found = dict(reversed(list(latest)))  # the title of the last one counts
        return sorted(found.items(), key=lambda pair: (pair[1].lower(), pair[0]))


class StepQuerySet(TenantQuerySet["StepRun"]):
    """Steps, and items of steps that run for each of many."""

    def wholes(self) -> Self:
        """The steps themselves, in the order in which they came to be."""
        return self.filter(item_index=-1).order_by("id")

    def items(self) -> Self:
        """The items, in their order."""
        return self.filter(item_index__gte=0).order_by("step_id", "item_index")

    def light(self) -> Self:
        """Without what may be large: input, output, log."""
        return self.defer("input", "output", "log")

    def named(self, step_ids: Iterable[str]) -> Self:
        """Of these steps."""
        return self.filter(step_id__in=list(step_ids))

    def troubled(self) -> Self:
        """Those that failed, that are tried again, or that are under way."""
        return self.exclude(status__in=[StepStatus.SUCCEEDED, StepStatus.SKIPPED])

    def counted(self) -> QuerySet[StepRun, tuple[str, str, int]]:
        """How many of each step's items there are in each status."""
        return (
            self.order_by()
            .values_list("step_id", "status")
            .annotate(count=Count("pk"))
            .values_list("step_id", "status", "count")
        )

    def with_execution(self) -> Self:
        """Each with the execution it is a step of; what may be large in either is left out.

        A re-run keeps the steps that it does not repeat: of several the first one comes last.
        """
        large = ("parameters", "endpoints", "secrets", "obligations", "outputs", "error")
        return (
            self.light()
            .select_related("execution")
            .defer("input", "output", "log", *(f"execution__{name}" for name in large))
            .order_by("-execution_id")
        )

    def asking(self, requests: Iterable[UUID]) -> Self:
        """Those that asked for these approvals."""
        return self.filter(related_id__in=list(requests))


class EventQuerySet(TenantQuerySet["ExecutionEvent"]):
    """What happened."""

    def of_steps(self, step_ids: Iterable[str]) -> Self:
        """To these steps themselves, in order."""
        return self.filter(step_id__in=list(step_ids), item_index=-1).order_by("id")


class RunPresetQuerySet(TenantQuerySet["RunPreset"]):
    """Answers of run forms that were saved."""

    def visible_to(self, person: UUID | None) -> Self:
        """One's own, and the tenant's."""
        return self.filter(Q(owner=person) | Q(owner=None))

    def of_form(self, definition_id: UUID, installation_id: UUID | None) -> Self:
        """Those of one form: of a workflow, or of one of its installations."""
        return self.filter(definition_id=definition_id, installation_id=installation_id)

    def of_installation(self, installation_id: UUID) -> Self:
        """Those of one installation's form."""
        return self.filter(installation_id=installation_id)


class SavedFilterQuerySet(TenantQuerySet["SavedFilter"]):
    """Filters of lists that were saved."""

    def of_person(self, owner: UUID | None, page: str) -> Self:
        """One's own for a page."""
        return self.filter(owner=owner, page=page)


class GrantQuerySet(TenantQuerySet["Grant"]):
    """What installations may run with."""

    def in_force(self) -> Self:
        """The one of each installation that new executions run with."""
        return self.filter(superseded_at=None)

    def of_address(self, publisher: str, slug: str) -> Self:
        """Those of what `publisher/slug` names, the oldest installation first."""
        return self.filter(publisher=publisher, slug=slug).order_by("installation_id")

    def of_installation(self, installation: UUID | str) -> Self:
        """Those of one installation, by its id or its name."""
        if isinstance(installation, UUID):
            return self.filter(installation_id=installation)
        return self.filter(name=installation)


class WithdrawalQuerySet(TenantQuerySet["Withdrawal"]):
    """Versions that were taken back."""

    def of_version(self, version_id: UUID) -> Self:
        """The one of a version, if there is one."""
        return self.filter(version_id=version_id)
