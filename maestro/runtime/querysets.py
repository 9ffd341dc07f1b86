"""The reads of the runtime, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from uuid import UUID

from maestro.kernel.models import TenantQuerySet
from maestro.runtime.states import EXECUTION_ENDED

if TYPE_CHECKING:
    from maestro.runtime.models import Execution  # noqa: F401


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
