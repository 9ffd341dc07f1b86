from __future__ import annotations

from uuid import UUID

from maestro.kernel.errors import Conflict, NotFound
from marketplace.models import WorkflowInstance


class InstallationChanged(Conflict):
    """Somebody else changed it since it was looked at."""

    code = "installation_changed"


def find_installation(*, tenant_id: UUID, name: str) -> WorkflowInstance:
    """The installation of that name or id. Raises `NotFound`; uninstalled ones are not found."""
    return _only(WorkflowInstance.objects.for_tenant(tenant_id).in_use().named(_key(name)).first())


def hold_installation(
    *, tenant_id: UUID, name: str, expected_revision: int | None = None
) -> WorkflowInstance:
    """As `find_installation`, locked until the transaction ends: changes follow one another.

    Raises `InstallationChanged` when it is not at the revision that was looked at.
    """
    rows = WorkflowInstance.objects.for_tenant(tenant_id).in_use().named(_key(name))
    instance = _only(rows.select_for_update().first())
    if expected_revision is not None and expected_revision != instance.revision:
        raise InstallationChanged(
            f"Somebody has changed {instance.name} since you looked.",
            hint="Look at it again, then change it.",
            revision=instance.revision,
        )
    return instance


def _only(instance: WorkflowInstance | None) -> WorkflowInstance:
    if instance is None:
        raise NotFound(
            "There is no such installation here.", hint="Look for it under Installations."
        )
    return instance


def _key(name: str) -> UUID | str:
    try:
        return UUID(name) if len(name) == 36 else name
    except ValueError:
        return name
