"""A row of every model of the marketplace, with what others of them it hangs on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models

from catalog.models import (
    GroupMember,
    PartnerGroup,
    TemplateAudience,
    WorkflowDefinition,
    WorkflowTemplate,
    WorkflowVersion,
)
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.runtime.models import Grant, Withdrawal
from maestro.tenancy.models import Tenant, User
from marketplace.models import (
    Adoption,
    Certification,
    Finding,
    InstanceChange,
    Release,
    ReleaseHealth,
    Review,
    ReviewEvidence,
    ReviewLease,
    Rollout,
    Submission,
    TemplateGroupObjectPermission,
    TemplateUserObjectPermission,
    UpgradeProposal,
    VerifiedPublisher,
    WorkflowInstance,
)

DIGEST = "sha256:" + "0" * 64


def _may_review() -> Permission:
    kind = ContentType.objects.db_manager("owner").get_for_model(WorkflowTemplate)
    return Permission.objects.using("owner").get_or_create(
        content_type=kind, codename="review_template", defaults={"name": "May review it"}
    )[0]


def of_the_marketplace(
    make: Callable[..., Any],
    tenant: Tenant,
    definition: WorkflowDefinition,
    version: WorkflowVersion,
    user: User,
    canary: str,
) -> dict[type[models.Model], Any]:
    """One published, reviewed, installed version of `definition`, and everything around it."""
    own: dict[str, Any] = {"tenant_id": tenant.pk}
    moment, reviewer = now(), new_id()
    name = definition.slug
    template = make(
        WorkflowTemplate, **own, definition=definition, publisher=tenant.slug, slug=name,
        title=definition.title, category="HR", risk="high", owner_team="People Ops",
        standing="listed", latest_number="1.0.0",
    )  # fmt: skip
    group = make(PartnerGroup, **own, name=f"Resellers {name}")
    submission = make(
        Submission, **own, template=template, version=version, number="1.0.0", digest=DIGEST,
        title=definition.title, publisher=tenant.slug, risk="high", visibility="internal-only",
        required_reviews=["security"], requested_by=user.pk, requested_by_name=user.name,
        author_id=user.pk, due_at=moment + timedelta(days=3), note="<script>alert(1)</script>",
    )  # fmt: skip
    review = make(
        Review, **own, submission=submission, kind="security", decision="approve",
        rationale="Hosts are named.", reviewer_id=reviewer, reviewer_name="Sana",
        requested_by=user.pk, author_id=user.pk,
    )  # fmt: skip
    release = make(
        Release, **own, template=template, version=version, submission=submission,
        publisher=tenant.slug, slug=name, number="1.0.0", order=[1, 0, 0, 1], digest=DIGEST,
        title=definition.title, risk="high", changelog="First.", statement={"is": canary},
        signatures=[], published_by=user.pk, published_by_name=user.name,
    )  # fmt: skip
    template.latest_release_id = release.pk
    template.save(using="owner", update_fields=["latest_release_id"])
    instance = make(
        WorkflowInstance, **own, name=name, title=definition.title, template_id=template.pk,
        release_id=release.pk, publisher=tenant.slug, slug=name, number="1.0.0",
        order=[1, 0, 0, 1], digest=DIGEST, risk="high", environment="staging",
        parameters={"is": canary}, secrets={"is": canary}, endpoints={"is": canary},
        installed_by=user.pk, installed_by_name=user.name,
    )  # fmt: skip
    return {
        WorkflowTemplate: template,
        TemplateUserObjectPermission: make(
            TemplateUserObjectPermission, **own, content_object=template, user_id=user.pk,
            permission=_may_review(), granted_by_name="Piet",
        ),
        TemplateGroupObjectPermission: make(
            TemplateGroupObjectPermission, **own, content_object=template,
            group=make(Group, name=f"Deciders {new_id()}"), permission=_may_review(),
            granted_by_name="Piet",
        ),
        PartnerGroup: group,
        GroupMember: make(
            GroupMember, **own, group=group, member_id=new_id(), member_slug="globex"
        ),
        TemplateAudience: make(
            TemplateAudience, **own, template=template, member_id=new_id(), member_slug="globex"
        ),
        Submission: submission,
        Finding: make(
            Finding, **own, submission=submission, check_name="changelog", level="error",
            code="no_changelog", message="Say what is new.",
        ),
        Review: review,
        ReviewEvidence: make(
            ReviewEvidence, **own, submission=submission, kind="security", name="scan.txt",
            media_type="text/plain", size=6, digest=DIGEST, content=canary.encode(),
            uploaded_by=reviewer, uploaded_by_name="Sana",
        ),
        ReviewLease: make(
            ReviewLease, **own, submission=submission, kind="docs", holder_id=reviewer,
            holder_name="Sana", until=moment,
        ),
        Release: release,
        Certification: make(
            Certification, **own, template=template, release=release, rationale="All holds.",
            certified_by=reviewer, certified_by_name="Amara", published_by=user.pk,
            expires_at=moment + timedelta(days=180),
        ),
        ReleaseHealth: make(
            ReleaseHealth, **own, release=release, template=template, runs_7=40, runs_30=90,
            tenants_30=6, failure_rate_7=0.1, rolled_up_at=moment,
        ),
        WorkflowInstance: instance,
        InstanceChange: make(
            InstanceChange, **own, instance=instance, kind="install", to_number="1.0.0",
            before={"is": canary}, by_id=user.pk, by_name=user.name,
        ),
        Adoption: make(
            Adoption, **own, template_id=template.pk, installation_id=instance.pk,
            installer_id=tenant.pk, installer_slug=tenant.slug, number="1.0.0", channel="pin",
            status="active", since=moment,
        ),
        UpgradeProposal: make(
            UpgradeProposal, **own, template_id=template.pk, release_id=release.pk,
            number="1.0.0", installation_id=instance.pk, installer_id=tenant.pk,
            message="Please.", proposed_by=user.pk, proposed_by_name=user.name,
        ),
        Rollout: make(Rollout, **own, release=release),
        VerifiedPublisher: make(
            VerifiedPublisher, publisher=name, evidence="By a record in their domain.",
            verified_by_name="Amara", verified_at=moment,
        ),
        Grant: make(
            Grant, **own, installation_id=instance.pk, name=name, release_id=release.pk,
            version=version, definition_id=definition.pk, publisher=tenant.slug, slug=name,
            number="1.0.0", digest=DIGEST, statement={"is": canary}, signatures=[],
            parameters={"is": canary}, secrets={"is": canary}, endpoints={"is": canary},
            environment="staging",
        ),
        Withdrawal: make(
            Withdrawal, **own, version=version, mode="warn", reason="It repeats itself.",
            withdrawn_by_name=user.name,
        ),
    }  # fmt: skip
