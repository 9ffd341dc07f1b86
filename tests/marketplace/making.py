"""Rows of the marketplace written straight into their tables: many, and quickly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from catalog.models import TemplateAudience, WorkflowDefinition, WorkflowTemplate, WorkflowVersion
from governance.signing import signing_ring
from governance.trust.statement import RELEASE_TYPE, sign_statement, statement
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.runtime.models import Execution, Grant
from maestro.tenancy.models import Tenant
from marketplace.models import Release, WorkflowInstance

DIGEST = "sha256:" + "0" * 64


PREDICATE = {
    "reviews": [
        {
            "kind": "security",
            "decision": "approve",
            "by": "Mara Lindqvist",
            "at": "2026-11-16T09:00:00Z",
            "controls": ["AC-6", "SC-7"],
        }
    ],
    "approvedBy": "Petra",
}


def listed(
    tenant: Tenant,
    slug: str,
    *numbers: str,
    of_release: dict[str, Any] | None = None,
    **facts: Any,
) -> WorkflowTemplate:
    """A template with a signed release of each number (1.0.0), the last one its latest.

    It is everybody's unless `facts` say another `visibility`; `of_release` are of each release.
    """
    of_release = of_release or {}
    own: dict[str, Any] = {"tenant_id": tenant.pk}
    title = facts.pop("title", slug.replace("-", " ").capitalize())
    named: dict[str, Any] = {
        "category": facts.pop("category", "HR"),
        "risk": facts.pop("risk", "low"),
        "owner_team": facts.pop("owner_team", "People Ops"),
        "description": facts.pop("description", "For a test."),
    }
    numbers = numbers or ("1.0.0",)
    definition = WorkflowDefinition.objects.using("owner").create(
        **own, **named, slug=slug, title=title, publisher=tenant.slug, status="active",
        latest_version=numbers[-1],
    )  # fmt: skip
    values = {"visibility": "public-ecosystem", "standing": "listed"} | facts
    template = WorkflowTemplate.objects.using("owner").create(
        **own, **named, definition=definition, publisher=tenant.slug, slug=slug, title=title,
        latest_number=numbers[-1], **values,
    )  # fmt: skip
    for number in numbers:
        version = WorkflowVersion.objects.using("owner").create(
            **own, definition=definition, version=number, order=_order(number), digest=DIGEST,
            frozen={}, source="", media_type="application/yaml", frozen_by_name="Tomás",
        )  # fmt: skip
        claim = statement(
            name=f"{template.address}@{number}", digest=DIGEST, predicate_type=RELEASE_TYPE,
            predicate=PREDICATE | {"publisher": tenant.slug},
        )  # fmt: skip
        signed = sign_statement(claim, signing_ring().signer).as_dict()["signatures"]
        release = Release.objects.using("owner").create(
            **own, **of_release, template=template, version=version, publisher=tenant.slug, slug=slug,
            number=number, order=_order(number), digest=DIGEST, title=title, risk=named["risk"],
            changelog=f"What is new in {number}.", statement=claim, signatures=signed,
            published_by_name="Petra",
            capabilities={"hosts": ["billing.example"], "tasks": ["http.request@1"], "tables": []},
            reviewed_for="public-ecosystem", reviewed_by=["Mara Lindqvist"],
        )  # fmt: skip
    WorkflowTemplate.objects.using("owner").filter(pk=template.pk).update(
        latest_release_id=release.pk,
        search=SearchVector(Value(f"{title} {named['description']}"), config="english"),
    )
    template.latest_release_id = release.pk
    return template


def shown_to(template: WorkflowTemplate, tenant: Tenant) -> None:
    """Name a tenant among those that find a partner-curated template."""
    TemplateAudience.objects.using("owner").create(
        tenant_id=template.tenant_id, template=template, member_id=tenant.pk,
        member_slug=tenant.slug,
    )  # fmt: skip


def latest(template: WorkflowTemplate) -> Release:
    """Its latest release."""
    found = Release.objects.using("owner").filter(template=template)
    return found.get(number=template.latest_number)


def installation_rows(
    release: Release, tenant: Tenant, name: str = "", **facts: Any
) -> WorkflowInstance:
    """The rows of an installation of a release."""
    instance = WorkflowInstance.objects.using("owner").create(
        tenant_id=tenant.pk, name=name or release.slug, title=release.title,
        template_id=release.template_id, release_id=release.pk, publisher=release.publisher,
        slug=release.slug, number=release.number, order=release.order, digest=release.digest,
        risk=release.risk, environment="production", installed_by_name="Ines", **facts,
    )  # fmt: skip
    grant = Grant.objects.using("owner").create(
        tenant_id=tenant.pk, installation_id=instance.pk, name=instance.name,
        release_id=release.pk, version=release.version,
        definition_id=release.version.definition_id, publisher=release.publisher,
        slug=release.slug, number=release.number, digest=release.digest, statement={},
        signatures=[], environment="production",
    )  # fmt: skip
    instance.grant_id = grant.pk
    instance.save(using="owner", update_fields=["grant_id"])
    return instance


def ran(
    instance: WorkflowInstance,
    *statuses: str,
    ago: timedelta = timedelta(hours=2),
    seconds: float = 2.0,
    at: datetime | None = None,
) -> None:
    """Executions of an installation that ended with these statuses, `ago` before now."""
    moment = at or now() - ago
    grant = Grant.objects.using("owner").get(installation_id=instance.pk)
    Execution.objects.using("owner").bulk_create(
        Execution(
            id=_id_at(moment), tenant_id=instance.tenant_id, definition_id=grant.definition_id,
            version_id=grant.version_id, workflow=instance.address, title=instance.title,
            version_number=instance.number, version_digest=instance.digest, risk=instance.risk,
            status=status, purpose="practice", trigger="person", grant_id=grant.pk,
            installation_id=instance.pk, environment="production",
            started_at=moment - timedelta(seconds=seconds), finished_at=moment,
        )
        for status in statuses
    )  # fmt: skip


def _id_at(moment: datetime) -> UUID:
    """A UUIDv7 of that moment."""
    tail = new_id().int & ((1 << 80) - 1)
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | tail)


def _order(number: str) -> list[int]:
    return [*map(int, number.split(".")), 1]
