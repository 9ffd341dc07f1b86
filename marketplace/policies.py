"""Action names of the marketplace, and what policy sees of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from catalog.models import Standing, Visibility, WorkflowDefinition, WorkflowTemplate
from catalog.policies import MARKETPLACE
from governance.resource import Resource
from marketplace.models import Release, Submission, WorkflowInstance

TEMPLATE_READ = "template.read"
TEMPLATE_UPDATE = "template.update"
RELEASE_READ = "release.read"
SUBMIT = "release.submit"
RETRACT = "release.retract"
REJECT = "release.approve"  # the approver refuses by the right to approve
REVIEW = "release.review"
OVERRIDE = "release.override"
APPROVE = "release.approve"
PUBLISH = "release.publish"
CERTIFY = "release.certify"
DEPRECATE = "release.deprecate"
WITHDRAW = "release.withdraw"
EXPORT = "release.export"
IMPORT = "release.import"
PROPOSE = "installation.propose"
INSTALLATION_READ = "installation.read"
INSTALL = "installation.create"
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


def templates_of(tenant_id: UUID) -> Resource:
    """What a tenant may look through: its own templates, and those that it finds."""
    return Resource(type="template", tenant_id=tenant_id)


def named_template(tenant_id: UUID, address: str) -> Resource:
    """A template that somebody names, before it is looked for."""
    return Resource(type="template", id=address, tenant_id=tenant_id)


def found_template(template: WorkflowTemplate, tenant_id: UUID) -> Resource:
    """A template that row security let the tenant read.

    It reads one that is for named partners only because it is one of them.
    """
    named = template.visibility == Visibility.PARTNERS and template.tenant_id != tenant_id
    return Resource(
        type="template",
        id=str(template.pk),
        tenant_id=template.tenant_id,
        attributes={
            "publisher": str(template.tenant_id),
            "visibility": template.visibility,
            "listed": template.standing != Standing.UNLISTED,
            "in_audience": named,
            "risk": template.risk,
            "state": template.standing,
        },
    )


def candidate_resource(
    definition: WorkflowDefinition,
    *,
    risk: str,
    visibility: str,
    author: UUID | None,
    submitted_by: UUID | None,
) -> Resource:
    """A version that is to be put forward."""
    return Resource(
        type="release",
        id="",
        tenant_id=definition.tenant_id,
        attributes={
            "publisher_id": str(definition.tenant_id),
            "visibility": visibility,
            "risk": risk,
            "state": "draft",
            "author": author,
            "submitted_by": submitted_by,
            "listed": False,
        },
    )


def submission_resource(
    submission: Submission,
    *,
    kind: str = "",
    passed: Iterable[str] = (),
    errors: int = 0,
    decided_by: UUID | None = None,
) -> Resource:
    """A submission: which reviews it `passed`, how many findings are `errors`.

    `kind` is the review that is to be done, `decided_by` who decided what is to be overridden.
    """
    return Resource(
        type="release",
        id=str(submission.pk),
        tenant_id=submission.tenant_id,
        attributes={
            "publisher_id": str(submission.tenant_id),
            "visibility": submission.visibility,
            "risk": submission.risk,
            "state": submission.status,
            "author": submission.author_id,
            "submitted_by": submission.requested_by,
            "review_kind": kind,
            "passed_reviews": sorted(set(passed)),
            "errors": errors,
            "decided_by": decided_by,
            "listed": False,
        },
    )


def named_submission(tenant_id: UUID, submission_id: UUID | str = "", kind: str = "") -> Resource:
    """A submission that somebody names, before it is looked for; or all of a tenant's."""
    attributes: dict[str, Any] = {"publisher_id": str(tenant_id), "review_kind": kind}
    return Resource(
        type="release", id=str(submission_id), tenant_id=tenant_id, attributes=attributes
    )


def carried_resource(holder_id: UUID, address: str, risk: str) -> Resource:
    """A release that arrived from elsewhere and whose signatures were verified."""
    return Resource(
        type="release",
        id=address,
        tenant_id=holder_id,
        attributes={"publisher_id": str(holder_id), "risk": risk, "verified": True},
    )


def release_resource(release: Release, *, visibility: str = "internal-only") -> Resource:
    """A release, as its publisher acts on it; `visibility` is its template's."""
    submission = release.submission if release.submission_id else None
    return Resource(
        type="release",
        id=str(release.pk),
        tenant_id=release.tenant_id,
        attributes={
            "publisher_id": str(release.tenant_id),
            "visibility": visibility,
            "listed": True,
            "in_audience": False,
            "risk": release.risk,
            "state": release.status,
            "release_state": release.status,
            "author": submission.author_id if submission else None,
            "submitted_by": submission.requested_by if submission else release.published_by,
        },
    )


def adopters_resource(publisher_id: UUID) -> Resource:
    """Those who installed what a tenant publishes, as far as it may know of them."""
    return Resource(
        type="installation", tenant_id=publisher_id, attributes={"publisher_id": str(publisher_id)}
    )


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
