from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from catalog.models import WorkflowTemplate
from governance.services.authorize import refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound, Problem, TenantRequired
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from marketplace.models import Release
from marketplace.policies import named_submission
from marketplace.services.find_submission import PLATFORM, may_look_elsewhere

LONGEST_REASON = 500  # characters


def own_release(*, actor: Actor, release: str | UUID, action: str) -> tuple[UUID, UUID]:
    """The tenant and the id of a release on which the actor may act as its publisher.

    `release` is its id, or `publisher/slug@number`, without the publisher one of the actor's
    tenant. The platform's people find every publisher's. A token whose scopes leave `action` out is
    refused before anything is looked for. Raises `NotFound`, `TenantRequired`, `Denied`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    named = named_submission(actor.tenant_id, str(release))
    refuse_out_of_scope(actor=actor, action=action, resource=named)
    if actor.tenant_id != PLATFORM_TENANT:
        with tenant_scope(actor.tenant_id):
            own = Release.objects.for_tenant(actor.tenant_id)
            if (found := _named(own, actor, release)) is not None:
                return found
    if may_look_elsewhere(actor):
        every = Release.objects.using(PLATFORM).all()
        if (found := _named(every, actor, release)) is not None:
            return found
    raise NotFound("There is no such release of yours.", hint="Look at the workflow's releases.")


def locked_release(release_id: UUID) -> Release:
    """The row, held until the transaction ends. Needs its tenant's scope.

    Its template's is held first, as by who lists a release of it: two who do both don't wait for
    each other.
    """
    of_template = Release.objects.filter(pk=release_id).values("template_id")
    WorkflowTemplate.objects.select_for_update().get(pk__in=of_template)
    return Release.objects.select_for_update().get(pk=release_id)


def reason_problems(reason: str) -> list[Problem]:
    """What is wrong with a reason that whoever installed it will read."""
    if not reason.strip():
        return [Problem("/reason", "Say why.", "required", "Whoever installed it reads this.")]
    if len(reason) > LONGEST_REASON:
        return [Problem("/reason", f"At most {LONGEST_REASON} characters.", "too_long")]
    return []


def _named(
    releases: QuerySet[Release], actor: Actor, release: str | UUID
) -> tuple[UUID, UUID] | None:
    if isinstance(release, UUID):
        found = releases.filter(pk=release)
    else:
        address, _, number = release.partition("@")
        publisher, _, slug = address.rpartition("/")
        found = releases.filter(publisher=publisher or actor.tenant_slug, slug=slug, number=number)
    return found.values_list("tenant_id", "pk").first()
