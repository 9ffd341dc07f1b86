"""Action names of installations, and what policy sees of one that is there or is to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from catalog.policies import MARKETPLACE
from governance.resource import Resource
from marketplace.models import WorkflowInstance

READ = "installation.read"
CREATE = "installation.create"
CONFIGURE = "installation.configure"
UPGRADE = "installation.upgrade"
ROLLBACK = "installation.rollback"
STOP = "installation.stop"
UNINSTALL = "installation.uninstall"
RESUME = "installation.resume"  # of a receipt: whoever may stop one may let it go on

ABOUT_THE_PERSON = frozenset(
    {"role_missing", "out_of_scope", "wrong_tenant", "not_signed_in", "unknown_action"}
)
"""Reasons for which somebody is not told what else is wrong."""


def installations_of(tenant_id: UUID) -> Resource:
    """All that a tenant installed."""
    return Resource(type="installation", tenant_id=tenant_id)


def installation_resource(instance: WorkflowInstance) -> Resource:
    """One that is there."""
    return Resource(
        type="installation",
        id=str(instance.pk),
        tenant_id=instance.tenant_id,
        attributes={"state": instance.status, "risk": instance.risk},
    )


def taking_resource(
    tenant_id: UUID,
    facts: Mapping[str, Any],
    *,
    instance: WorkflowInstance | None = None,
    hosts: Iterable[str],
    granted_hosts: Iterable[str],
    quotas: Mapping[str, int],
) -> Resource:
    """One that is to run a release of which `FoundRelease.facts` tells, within what is granted."""
    return Resource(
        type="installation",
        id=str(instance.pk) if instance else "",
        tenant_id=tenant_id,
        attributes={
            **facts,
            "stopped": instance is not None and instance.status == "stopped",
            "hosts": sorted(hosts),
            "granted_hosts": sorted(granted_hosts),
            "quotas": dict(quotas),
        },
    )


def taking_context(environment: str, region: str) -> dict[str, Any]:
    """The circumstances of granting something to an installation."""
    return {"profile": MARKETPLACE, "environment": environment, "region": region}
