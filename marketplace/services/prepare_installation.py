from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.capabilities import Capabilities, capabilities
from connectors.registry import registry
from governance.policy.engine import rules_of
from governance.resource import Resource
from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.stored_secrets import stored_secrets
from maestro.kernel.actor import Actor
from maestro.runtime.models import Environment
from marketplace.models import WorkflowInstance
from marketplace.policies import RELEASE_READ
from marketplace.services.check_installation import tenant_of
from marketplace.services.configure_installation import release_of
from marketplace.services.find_release import FoundRelease, find_release
from marketplace.services.read_installations import read_installation


@dataclass(frozen=True, slots=True)
class Installation:
    """What the form of an installation needs.

    `stored` are the names and descriptions of the tenant's secrets, none for who may not know them.
    `regions` is empty where the tenant allows any. `name` is one that is free; where `instance` is
    there already, its own, and there are no `numbers` to choose from.
    """

    tenant_id: UUID
    found: FoundRelease
    reach: Capabilities
    stored: Sequence[tuple[str, str]]
    environments: Sequence[str]
    regions: Sequence[str]
    numbers: Sequence[str]
    name: str
    instance: WorkflowInstance | None = None


def prepare_installation(*, actor: Actor, release: str) -> Installation:
    """The release that is to be installed, and what may be chosen. Raises `NotFound`, `Denied`."""
    tenant_id = tenant_of(actor)
    ask_to_see(actor=actor)
    found = find_release(tenant_id=tenant_id, address=release)
    see_release(actor=actor, found=found)
    numbers = type(found.release).objects.filter(template=found.template).installable()
    return _prepared(
        actor,
        found,
        name=_free(tenant_id, found.release.slug),
        numbers=list(numbers.newest_first().values_list("number", flat=True)[:20]),
    )


def prepare_configuration(*, actor: Actor, name: str) -> tuple[Installation, WorkflowInstance]:
    """What may be chosen for an installation, and as it is. Raises `NotFound`, `Denied`."""
    instance = read_installation(actor=actor, name=name)
    found = release_of(instance)
    return _prepared(actor, found, name=instance.name, instance=instance), instance


def _prepared(
    actor: Actor,
    found: FoundRelease,
    *,
    name: str,
    numbers: Sequence[str] = (),
    instance: WorkflowInstance | None = None,
) -> Installation:
    tenant_id = tenant_of(actor)
    data = rules_of(tenant_id).data
    allowed = Environment.values if data.environments is None else data.environments
    return Installation(
        tenant_id=tenant_id,
        found=found,
        reach=capabilities(found.document, registry().manifests()),
        stored=stored_secrets(actor=actor, tenant_id=tenant_id) if found.document.secrets else (),
        environments=[one for one in Environment.values if one in allowed],
        regions=list(data.regions or ()),
        numbers=numbers,
        name=name,
        instance=instance,
    )


def ask_to_see(*, actor: Actor) -> None:
    """Refuse a token that reads no releases, before one is looked for. Raises `Denied`."""
    named = Resource(type="release", tenant_id=tenant_of(actor))
    refuse_out_of_scope(actor=actor, action=RELEASE_READ, resource=named)


def see_release(*, actor: Actor, found: FoundRelease) -> None:
    """Raises `Denied` for who may not read the release."""
    authorize(actor=actor, action=RELEASE_READ, resource=found.as_seen_by(tenant_of(actor)))


def _free(tenant_id: UUID, slug: str) -> str:
    rows = WorkflowInstance.objects.for_tenant(tenant_id).in_use()
    taken = set(rows.filter(name__startswith=slug[:59]).values_list("name", flat=True))
    names = (slug, *(f"{slug[:59]}-{number}" for number in range(2, 1000)))
    return next((name for name in names if name not in taken), slug)
