from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from catalog.models import Standing, WorkflowTemplate
from governance.services.authorize import authorize
from governance.services.verify_receipt import Verification
from governance.services.verify_release import verify_release
from governance.trust.dsse import Envelope
from governance.trust.statement import signed_statement
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import NotFound, TenantRequired
from maestro.kernel.identity import first_id_at
from maestro.kernel.statements import fetch
from marketplace.models import (
    Certification,
    Release,
    ReleaseHealth,
    ReleaseStatus,
    VerifiedPublisher,
    WorkflowInstance,
)
from marketplace.policies import TEMPLATE_READ, found_template, templates_of
from marketplace.querysets import ReleaseQuerySet
from marketplace.trust import DAYS, Facts, Rule, conditions, installs_told, worn

RELEASES_SHOWN = 50
INSTALLATIONS_SHOWN = 20
OWN_RUNS = 1000
"""The newest of a tenant's own executions that its own figures are counted from."""

_OWN: LiteralString = """
SELECT count(*) AS runs, count(*) FILTER (WHERE e.status = 'failed') AS failed,
       avg(extract(epoch FROM e.finished_at - e.started_at))::float8 AS average,
       max(e.finished_at) AS last_at
FROM unnest(%(ids)s::uuid[]) i(id)
CROSS JOIN LATERAL (
    SELECT x.status, x.started_at, x.finished_at FROM runtime_execution x
    WHERE x.installation_id = i.id AND x.id >= %(first)s AND x.tenant_id = %(tenant)s
    ORDER BY x.id DESC LIMIT %(most)s
) e WHERE e.status IN ('succeeded', 'failed')
"""


@dataclass(frozen=True, slots=True)
class OwnFigures:
    """What a tenant's own installations did in 30 days: exact, and for nobody else."""

    runs: int
    failed: int
    average_seconds: float | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """A release as its page shows it, at this moment.

    `releases` are those of the template, the highest first, without their documents; `instances`
    are the tenant's own. `marks` is what this release wears; `publisher` is how it was verified,
    None for one that is not. `is_latest` says whether the template speaks for it.
    """

    template: WorkflowTemplate
    release: Release
    releases: Sequence[Release]
    marks: Sequence[Rule]
    verification: Verification
    certification: Certification | None
    publisher: VerifiedPublisher | None
    health: ReleaseHealth | None
    instances: Sequence[WorkflowInstance]
    own: OwnFigures | None
    is_owner: bool
    more_releases: bool

    @property
    def installs(self) -> int | None:
        """How often the template is installed; None where that is not told."""
        return installs_told(self.template.installs, own=self.is_owner)

    @property
    def is_latest(self) -> bool:
        """Whether the template speaks for this release."""
        return self.release.pk == self.template.latest_release_id

    @property
    def predicate(self) -> Mapping[str, Any]:
        """What was signed of it: reviews, controls, who approved."""
        found = self.release.statement.get("predicate", {})
        return found if isinstance(found, dict) else {}


def read_template(*, actor: Actor, publisher: str, slug: str) -> WorkflowTemplate:
    """The template at `publisher/slug`. What is not found by the tenant is not there.

    Raises `NotFound`, `Denied`, `TenantRequired`.
    """
    tenant_id = _tenant_of(actor)
    authorize(actor=actor, action=TEMPLATE_READ, resource=templates_of(tenant_id))
    found = WorkflowTemplate.objects.at_address(tenant_id, publisher, slug)
    template = found.defer("search").first()
    if template is None:
        raise NotFound(
            f"There is no template called {publisher}/{slug} here.",
            hint="Look for it in the marketplace.",
        )
    resource = found_template(template, tenant_id)
    authorize(actor=actor, action=TEMPLATE_READ, resource=resource)
    return template


def read_release(
    *, actor: Actor, publisher: str, slug: str, number: str = "", below: str = ""
) -> ReleasePage:
    """A release of a template, its latest unless a number is given, with what is to be trusted.

    `releases` are those below the number `below`, or the highest; of one that there is not, none.
    Its signature is verified now. Raises `NotFound`, also for a template that has none yet or that
    the tenant does not find; `Denied`, `TenantRequired`.
    """
    template = read_template(actor=actor, publisher=publisher, slug=slug)
    tenant_id = _tenant_of(actor)
    release = _release(template, number)
    rows = list(
        _listed(template, below)
        .newest_first()
        .defer("statement", "signatures", "capabilities", "migrations")[: RELEASES_SHOWN + 1]
    )
    moment = now()
    certification = (
        Certification.objects.filter(release=release).valid(moment).order_by("-id").first()
    )
    health = ReleaseHealth.objects.filter(release=release).first()
    verified = VerifiedPublisher.objects.filter(publisher=publisher, revoked_at=None).first()
    instances = list(
        WorkflowInstance.objects.for_tenant(tenant_id)
        .in_use()
        .filter(template_id=template.pk)
        .order_by("id")
        .only("id", "name", "number", "order", "environment", "region", "status", "channel")[
            :INSTALLATIONS_SHOWN
        ]
    )
    facts = Facts(
        standing=_standing(template, release),
        certified_until=certification.expires_at if certification else None,
        is_verified=verified is not None,
        last_reviewed_at=_reviewed_at(template, release),
        failure_rate=health.failure_rate_30 if health else None,
    )
    return ReleasePage(
        template=template,
        release=release,
        releases=rows[:RELEASES_SHOWN],
        marks=worn(conditions(facts, at=moment)),
        verification=verify_release(
            statement=release.statement,
            signatures=release.signatures,
            digest=release.digest,
            publisher=release.publisher,
        ),
        certification=certification,
        publisher=verified,
        health=health,
        instances=instances,
        own=_own(tenant_id, [each.pk for each in instances], moment) if instances else None,
        is_owner=template.tenant_id == tenant_id,
        more_releases=len(rows) > RELEASES_SHOWN,
    )


def _tenant_of(actor: Actor) -> UUID:
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    return actor.tenant_id


def envelope_of_release(release: Release) -> Envelope:
    """The DSSE envelope that was signed. Raises `EnvelopeRefused`."""
    return signed_statement(release.statement, release.signatures)


def _release(template: WorkflowTemplate, number: str) -> Release:
    found = Release.objects.filter(template=template).defer("migrations")
    if number:
        release = found.filter(number=number).first()
    else:
        release = found.filter(pk__in=[template.latest_release_id]).first()
    if release is None:
        raise NotFound(
            f"{template.title} has no release {number}."
            if number
            else f"Nothing of {template.title} is published yet.",
            hint=f"Its latest is {template.latest_number}." if template.latest_number else "",
        )
    return release


def _listed(template: WorkflowTemplate, below: str) -> ReleaseQuerySet:
    found = Release.objects.filter(template=template)
    if not below:
        return found
    return found.filter(order__lt=found.filter(number=below).values("order")[:1])


def _standing(template: WorkflowTemplate, release: Release) -> str:
    """A release's own standing, in the words of the rules; the template's where that is worse."""
    if release.status == ReleaseStatus.WITHDRAWN:
        return str(Standing.WITHDRAWN)
    if release.status == ReleaseStatus.DEPRECATED or template.standing == Standing.DEPRECATED:
        return str(Standing.DEPRECATED)
    return str(template.standing)


def _reviewed_at(template: WorkflowTemplate, release: Release) -> datetime | None:
    if release.pk == template.latest_release_id and template.last_reviewed_at is not None:
        return template.last_reviewed_at
    return release.created_at if release.reviewed_by else None


def _own(tenant_id: UUID, ids: Sequence[UUID], moment: datetime) -> OwnFigures | None:
    first = first_id_at(moment - timedelta(days=DAYS))
    (row,) = fetch(
        DEFAULT_DB_ALIAS,
        _OWN,
        {"ids": list(ids), "first": first, "tenant": tenant_id, "most": OWN_RUNS},
    )
    if not row["runs"]:
        return None
    return OwnFigures(row["runs"], row["failed"], row["average"], row["last_at"])
