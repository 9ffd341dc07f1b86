from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_noop

from catalog.models.definition import Category, Risk, WorkflowDefinition
from catalog.querysets import TemplateQuerySet
from maestro.kernel.models import TenantModel, TenantQuerySet


class Visibility(models.TextChoices):
    """Who finds a template in the marketplace."""

    INTERNAL = "internal-only", gettext_noop("Internal only")
    PARTNERS = "partner-curated", gettext_noop("Named partners")
    PUBLIC = "public-ecosystem", gettext_noop("Everybody")


class Standing(models.TextChoices):
    """Where a template stands, by its releases."""

    UNLISTED = "unlisted", gettext_noop("Not published")
    LISTED = "listed", gettext_noop("Published")
    DEPRECATED = "deprecated", gettext_noop("Deprecated")
    WITHDRAWN = "withdrawn", gettext_noop("Withdrawn")


class WorkflowTemplate(TenantModel):
    """A workflow that others may install, apart from what they make of it. Its publisher's row.

        unlisted ──the first release──▶ listed ◀──▶ deprecated
                                          └──every release withdrawn──▶ withdrawn ──a new one──▶ listed

    What others read of it is its latest release's. While it is unlisted its publisher alone sees it.
    """

    definition = models.OneToOneField(
        WorkflowDefinition, on_delete=models.PROTECT, related_name="template", db_constraint=False
    )
    publisher = models.CharField(max_length=63)
    slug = models.CharField(max_length=63)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    category = models.CharField(max_length=16, choices=Category)
    risk = models.CharField(max_length=8, choices=Risk)
    owner_team = models.CharField(max_length=80)
    author_name = models.CharField(max_length=254, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list)
    visibility = models.CharField(max_length=16, choices=Visibility, default=Visibility.INTERNAL)
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.UNLISTED)
    latest_number = models.CharField(max_length=64, blank=True)
    latest_release_id = models.UUIDField(null=True)
    certified_until = models.DateTimeField(null=True)
    last_reviewed_at = models.DateTimeField(null=True)
    installs = models.PositiveIntegerField(default=0)
    # How the release `health_of` did, copied from there for lists; null where it may not be told.
    health_of = models.UUIDField(null=True)
    failure_rate = models.FloatField(null=True)
    runs = models.PositiveIntegerField(null=True)
    last_run_status = models.CharField(max_length=12, blank=True, default="", db_default="")
    last_run_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)
    search = SearchVectorField(null=True, editable=False)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        verbose_name = "template"
        constraints = [
            models.UniqueConstraint(
                fields=["publisher", "slug"], name="one_template_per_publisher_and_slug"
            ),
            models.CheckConstraint(
                name="template_visibility_is_known",
                condition=models.Q(visibility__in=Visibility.values),
            ),
            models.CheckConstraint(
                name="template_standing_is_known", condition=models.Q(standing__in=Standing.values)
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "-updated_at"], name="templates_by_update"),
            models.Index(
                fields=["-updated_at"],
                name="templates_of_everybody",
                condition=models.Q(visibility="public-ecosystem") & ~models.Q(standing="unlisted"),
            ),
            GinIndex(fields=["search"], name="templates_by_words"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        """`publisher/slug`, unique over all tenants."""
        return f"{self.publisher}/{self.slug}"


class PartnerGroup(TenantModel):
    """Tenants that a publisher names together, such as its resellers."""

    name = models.CharField(max_length=80)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "group of partners"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "name"], name="one_group_of_partners_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(TenantModel):
    """A tenant of a group of partners, by its name; `member_id` is null where nobody is called so."""

    group = models.ForeignKey(
        PartnerGroup, on_delete=models.CASCADE, related_name="members", db_constraint=False
    )
    member_id = models.UUIDField(null=True)
    member_slug = models.CharField(max_length=63)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "member of a group of partners"
        constraints = [
            models.UniqueConstraint(
                fields=["group", "member_slug"], name="a_partner_once_per_group"
            ),
        ]

    def __str__(self) -> str:
        return self.member_slug


class TemplateAudience(TenantModel):
    """A tenant that may see a partner-curated template: named by itself, or by a group.

    Groups are written out here, a row for each of their members, so that who sees what is one
    look-up for row-level security. `member_id` is null where nobody was called so: its publisher is
    not told which tenants there are.
    """

    template = models.ForeignKey(
        WorkflowTemplate, on_delete=models.CASCADE, related_name="audience", db_constraint=False
    )
    member_id = models.UUIDField(null=True)
    member_slug = models.CharField(max_length=63)
    group = models.ForeignKey(
        PartnerGroup,
        null=True,
        on_delete=models.CASCADE,
        related_name="audiences",
        db_constraint=False,
    )

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "audience"
        constraints = [
            models.UniqueConstraint(
                fields=["template", "member_slug", "group"],
                nulls_distinct=False,
                name="a_partner_once_per_template_and_group",
            ),
        ]
        indexes = [models.Index(fields=["member_id", "template"], name="templates_for_a_partner")]

    def __str__(self) -> str:
        return self.member_slug
