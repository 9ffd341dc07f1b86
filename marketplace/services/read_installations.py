from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from governance.services.authorize import authorize, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.models import TenantQuerySet
from marketplace.models import InstanceChange, WorkflowInstance
from marketplace.policies import INSTALLATION_READ, installation_resource, installations_of
from marketplace.querysets import InstanceQuerySet
from marketplace.services.change_installation import find_installation
from marketplace.services.check_installation import tenant_of


@dataclass(frozen=True, slots=True)
class WantedInstallations:
    """Which installations; what is empty does not matter."""

    words: str = ""
    status: str = ""
    environment: str = ""
    workflow: str = ""  # publisher/slug


@dataclass(frozen=True, slots=True)
class FoundInstallations:
    """A page, by name. `after` is the name from which the next goes on, empty at the end."""

    rows: Sequence[WorkflowInstance]
    after: str


def read_installations(*, actor: Actor) -> InstanceQuerySet:
    """The tenant's own that are in use. Raises `Denied`."""
    tenant_id = tenant_of(actor)
    authorize(actor=actor, action=INSTALLATION_READ, resource=installations_of(tenant_id))
    return WorkflowInstance.objects.for_tenant(tenant_id).in_use()


def read_installation(*, actor: Actor, name: str) -> WorkflowInstance:
    """One by its name or id. Raises `NotFound`, `Denied`."""
    tenant_id = tenant_of(actor)
    refuse_out_of_scope(actor=actor, action=INSTALLATION_READ, resource=installations_of(tenant_id))
    instance = find_installation(tenant_id=tenant_id, name=name)
    authorize(actor=actor, action=INSTALLATION_READ, resource=installation_resource(instance))
    return instance


def read_changes(*, instance: WorkflowInstance, most: int = 20) -> list[InstanceChange]:
    """The latest changes of an installation that was read."""
    rows = InstanceChange.objects.for_tenant(instance.tenant_id).filter(instance=instance)
    return list(rows.defer("before").order_by("-id")[:most])


def find_changes(*, actor: Actor, name: str) -> TenantQuerySet[InstanceChange]:
    """Every change of an installation, without what it was before. Raises `NotFound`, `Denied`."""
    instance = read_installation(actor=actor, name=name)
    rows = InstanceChange.objects.for_tenant(instance.tenant_id).filter(instance=instance)
    return rows.defer("before")


def find_installations(
    *, rows: InstanceQuerySet, wanted: WantedInstallations, after: str = "", most: int = 25
) -> FoundInstallations:
    """A page of `rows` in the order of their names, after the one called `after`."""
    for word in wanted.words.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(title__icontains=word) | Q(publisher__icontains=word)
        )
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    if wanted.environment:
        rows = rows.filter(environment=wanted.environment)
    if wanted.workflow:
        publisher, _, slug = wanted.workflow.partition("/")
        rows = rows.filter(publisher=publisher, slug=slug)
    if after:
        rows = rows.filter(name__gt=after)
    page = list(rows.order_by("name")[: most + 1])
    return FoundInstallations(page[:most], page[most - 1].name if len(page) > most else "")
