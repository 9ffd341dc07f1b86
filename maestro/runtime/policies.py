"""Action names, and what policy sees of an execution and of what it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from catalog.policies import MARKETPLACE, approvals_asked, hosts_asked
from governance.resource import Resource
from maestro.runtime.granted import Granted
from maestro.runtime.models import Execution

READ = "execution.read"
CANCEL = "execution.cancel"
RERUN = "execution.rerun"
READ_INSTALLATION = "installation.read"
SIMULATE = "execution.simulate"
PRESET_READ = "preset.read"
PRESET_WRITE = "preset.write"
PRESET_SHARE = "preset.share"
VIEW_READ = "view.read"
VIEW_WRITE = "view.write"


def execution_resource(execution: Execution) -> Resource:
    """An execution."""
    return Resource(
        type="execution",
        id=str(execution.pk),
        tenant_id=execution.tenant_id,
        attributes={
            "state": execution.status,
            "risk": execution.risk,
            "started_by": str(execution.started_by or ""),
        },
    )


def named_execution(tenant_id: UUID, execution_id: UUID) -> Resource:
    """An execution that somebody names, before it is looked for."""
    return Resource(type="execution", id=str(execution_id), tenant_id=tenant_id)


def preset_resource(tenant_id: UUID, preset_id: UUID | None = None) -> Resource:
    """A preset of a run form, or all of a tenant's."""
    return Resource(type="preset", id=str(preset_id or ""), tenant_id=tenant_id)


def preset_context(installation_id: UUID | None) -> dict[str, Any]:
    """The circumstances of using one: those of an installation, or of a workflow's own form."""
    return {"profile": MARKETPLACE} if installation_id else {}


def view_resource(tenant_id: UUID, view_id: UUID | None = None) -> Resource:
    """A saved view of a list, or all of a tenant's."""
    return Resource(type="view", id=str(view_id or ""), tenant_id=tenant_id)


def named_installation(tenant_id: UUID, name: str) -> Resource:
    """An installation that somebody names, before it is looked for."""
    return Resource(type="installation", id=name, tenant_id=tenant_id)


def granted_resource(granted: Granted) -> Resource:
    """An installation that is to run: what it reaches and may, and how its release stands."""
    return Resource(
        type="installation",
        id=str(granted.grant.installation_id),
        tenant_id=granted.grant.tenant_id,
        attributes=granted_facts(granted),
    )


def granted_facts(granted: Granted) -> dict[str, Any]:
    """What the rules ask of the grant of a run."""
    grant = granted.grant
    return {
        "risk": granted.document.risk,
        "approvals": approvals_asked(granted.document),
        "release_state": "withdrawn" if granted.withdrawal else "published",
        "withdrawal": granted.withdrawal,
        "verified": not granted.unverified,
        "stopped": granted.stopped,
        "hosts": hosts_asked(granted.document, grant.endpoints),
        "granted_hosts": sorted(grant.hosts),
        "quotas": grant.quotas,
    }


def granted_context(granted: Granted, purpose: str) -> dict[str, Any]:
    """The circumstances of a run of an installation."""
    return {
        "purpose": purpose,
        "profile": MARKETPLACE,
        "environment": granted.grant.environment,
        "region": granted.grant.region,
    }


def rerun_resource(execution: Execution, granted: Granted | None) -> Resource:
    """An execution that is to be run again, with what its installation was granted."""
    resource = execution_resource(execution)
    if granted is None:
        return resource
    return replace(resource, attributes={**resource.attributes, **granted_facts(granted)})


def rerun_context(granted: Granted | None, purpose: str) -> dict[str, Any] | None:
    """The circumstances of running it again."""
    return granted_context(granted, purpose) if granted else None
