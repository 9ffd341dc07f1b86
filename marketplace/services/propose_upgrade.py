from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from catalog.models import WorkflowTemplate
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, NotFound, Problem, TenantRequired
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from marketplace.models import Adoption, InstanceStatus, Release, UpgradeProposal
from marketplace.policies import PROPOSE, adopters_resource
from marketplace.services.release_receipt import release_receipt

LONGEST_MESSAGE = 500
MOST = 1000  # installations at once


def propose_upgrade(
    *,
    actor: Actor,
    slug: str,
    number: str,
    message: str,
    deadline: date | None = None,
    installations: Iterable[UUID] = (),
    tenants: Iterable[str] = (),
    publisher: str = "",
) -> int:
    """Ask those who are on a lower version to upgrade to `number`; how many were asked anew.

    `installations` and `tenants` (their slugs) narrow it to some of them; `publisher` is the actor's
    own tenant, and nothing is found of another. Each installation is asked once per release, shows
    it on its page, and its people decide: nothing is upgraded by this. Raises `NotFound`, `Denied`,
    `InvalidInput` with every problem.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    tenant_id = actor.tenant_id
    with tenant_scope(tenant_id):
        decision = authorize(actor=actor, action=PROPOSE, resource=adopters_resource(tenant_id))
        own = WorkflowTemplate.objects.for_tenant(tenant_id)
        template = own.filter(slug=slug, publisher=publisher or actor.tenant_slug).first()
        rows = Release.objects.filter(template=template, number=number)
        release = rows.installable().first() if template else None
        if template is None or release is None:
            raise NotFound(f"You have published no {slug} {number}.", hint="Look at its releases.")
        _check(message, deadline)
        asked = _asked(release, installations, tenants)
        assert actor.id is not None  # noqa: S101 - policy lets nobody without an id propose
        made = UpgradeProposal.objects.bulk_create(
            [
                UpgradeProposal(
                    tenant_id=tenant_id,
                    template_id=template.pk,
                    release_id=release.pk,
                    number=number,
                    installation_id=one.installation_id,
                    installer_id=one.installer_id,
                    message=message.strip(),
                    deadline=deadline,
                    proposed_by=actor.id,
                    proposed_by_name=actor.name or actor.email,
                )
                for one in asked
            ]
        )
        if made:
            release_receipt(
                kind=PROPOSE,
                release=release,
                actor=actor,
                decision=decision,
                installations=len(made),
                deadline=deadline.isoformat() if deadline else "",
                message=message.strip(),
            )
            publish_event(
                "upgrade.proposed",
                subject=str(release.pk),
                by=actor,
                installations=len(made),
                proposals=[str(made[0].pk), str(made[-1].pk)],  # from the first to the last of them
            )
    return len(made)


def _check(message: str, deadline: date | None) -> None:
    problems = []
    if not 0 < len(message.strip()) <= LONGEST_MESSAGE:
        text = f"Say why, in at most {LONGEST_MESSAGE} characters."
        problems.append(Problem("/message", text, "message_required"))
    if deadline is not None and deadline <= now().date():
        text = f"{deadline.isoformat()} is over. Give a day that is to come."
        problems.append(Problem("/deadline", text, "deadline_passed"))
    if problems:
        raise InvalidInput("It can't be proposed like this.", problems=problems)


def _asked(
    release: Release, installations: Iterable[UUID], tenants: Iterable[str]
) -> list[Adoption]:
    """Who is on a lower version, and was not asked to go to this one before."""
    lower = Release.objects.filter(template=release.template_id, order__lt=release.order)
    rows = Adoption.objects.filter(
        template_id=release.template_id, number__in=lower.values("number")
    ).exclude(status=InstanceStatus.UNINSTALLED)
    if wanted := list(installations):
        rows = rows.filter(installation_id__in=wanted)
    if named := list(tenants):
        rows = rows.filter(installer_slug__in=named)
    before = UpgradeProposal.objects.filter(release_id=release.pk).values("installation_id")
    return list(rows.exclude(installation_id__in=before).order_by("id")[:MOST])
