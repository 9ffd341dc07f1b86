from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_noop

from catalog.querysets import DefinitionQuerySet
from maestro.kernel.models import TenantModel


class Category(models.TextChoices):
    """What part of the house a workflow works for."""

    HR = "HR", gettext_noop("HR")
    FINOPS = "FinOps", gettext_noop("FinOps")
    SECURITY = "Security", gettext_noop("Security")
    COMPLIANCE = "Compliance", gettext_noop("Compliance")


class Risk(models.TextChoices):
    """How much harm a wrong run could do; policy asks for approvals by it."""

    HIGH = "high", gettext_noop("High")
    MEDIUM = "medium", gettext_noop("Medium")
    LOW = "low", gettext_noop("Low")


class Scope(models.TextChoices):
    """Who sees it: its own tenant, or every tenant. A system workflow is Maestro's own: its runs are
    seen by the tenant they are for, and people start it by what it does, not by its name."""

    TENANT = "tenant", gettext_noop("This tenant only")
    GLOBAL = "global", gettext_noop("Global")
    SYSTEM = "system", gettext_noop("System")


class DefinitionStatus(models.TextChoices):
    """Whether it can be run."""

    DRAFT = "draft", gettext_noop("Draft")
    ACTIVE = "active", gettext_noop("Active")
    DEPRECATED = "deprecated", gettext_noop("Deprecated")
    ARCHIVED = "archived", gettext_noop("Archived")


class WorkflowDefinition(TenantModel):
    """A workflow under its name; what it does is said by its versions.

    The facts a person searches by are the latest version's, and may be edited between versions.
    Each edit leaves a receipt.

        draft ──freeze──▶ active ◀──▶ deprecated
                             │             │
                             └──▶ archived ◀┘    (archived ──▶ active)

    A draft has no version yet. An archived one can't be started and is left out of lists.
    """

    slug = models.CharField(max_length=63)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=16, choices=Category)
    risk = models.CharField(max_length=8, choices=Risk)
    owner_team = models.CharField(max_length=80)
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.TENANT)
    status = models.CharField(
        max_length=12, choices=DefinitionStatus, default=DefinitionStatus.DRAFT
    )
    publisher = models.CharField(max_length=63)  # the owning tenant's slug, part of its address
    latest_version = models.CharField(max_length=64, blank=True)
    created_by = models.UUIDField(null=True)
    updated_at = models.DateTimeField(auto_now=True)
    search = SearchVectorField(null=True, editable=False)

    objects = DefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = "workflow"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "slug"], name="one_workflow_per_slug_and_tenant"
            ),
            models.CheckConstraint(
                name="workflow_category_is_known",
                condition=models.Q(category__in=Category.values),
            ),
            models.CheckConstraint(
                name="workflow_risk_is_known", condition=models.Q(risk__in=Risk.values)
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-updated_at"], name="workflows_by_update"),
            models.Index(
                fields=["-updated_at"],
                name="global_workflows",
                condition=models.Q(scope=Scope.GLOBAL),
            ),
            GinIndex(fields=["search"], name="workflows_by_words"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        """`publisher/slug`, unique over all tenants."""
        return f"{self.publisher}/{self.slug}"
