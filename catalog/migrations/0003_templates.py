"""Templates: what of the catalog others may install, and who finds it."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity, SameTenant

# What is published is found by everybody, or by those who are named; a tenant always finds its own.
FOUND = (
    "standing <> 'unlisted' AND (visibility = 'public-ecosystem' OR (visibility = 'partner-curated'"
    " AND EXISTS (SELECT 1 FROM catalog_templateaudience a"
    " WHERE a.template_id = catalog_workflowtemplate.id"
    " AND a.member_id = (SELECT maestro_tenant()))))"
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_row_security"), ("kernel", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="workflowdefinition",
            name="scope",
            field=models.CharField(
                choices=[
                    ("tenant", "This tenant only"),
                    ("global", "Global"),
                    ("system", "System"),
                ],
                default="tenant",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="PartnerGroup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=maestro.kernel.identity.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=80)),
            ],
            options={
                "verbose_name": "group of partners",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "name"), name="one_group_of_partners_of_a_name"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkflowTemplate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=maestro.kernel.identity.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("publisher", models.CharField(max_length=63)),
                ("slug", models.CharField(max_length=63)),
                ("title", models.CharField(max_length=120)),
                ("description", models.TextField(blank=True)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("HR", "HR"),
                            ("FinOps", "FinOps"),
                            ("Security", "Security"),
                            ("Compliance", "Compliance"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "risk",
                    models.CharField(
                        choices=[("high", "High"), ("medium", "Medium"), ("low", "Low")],
                        max_length=8,
                    ),
                ),
                ("owner_team", models.CharField(max_length=80)),
                ("author_name", models.CharField(blank=True, max_length=254)),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("internal-only", "Internal only"),
                            ("partner-curated", "Named partners"),
                            ("public-ecosystem", "Everybody"),
                        ],
                        default="internal-only",
                        max_length=16,
                    ),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("unlisted", "Not published"),
                            ("listed", "Published"),
                            ("deprecated", "Deprecated"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="unlisted",
                        max_length=12,
                    ),
                ),
                ("latest_number", models.CharField(blank=True, max_length=64)),
                ("latest_release_id", models.UUIDField(null=True)),
                ("certified_until", models.DateTimeField(null=True)),
                ("last_reviewed_at", models.DateTimeField(null=True)),
                ("installs", models.PositiveIntegerField(default=0)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "search",
                    django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
                ),
                (
                    "definition",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="template",
                        to="catalog.workflowdefinition",
                    ),
                ),
            ],
            options={
                "verbose_name": "template",
            },
        ),
        migrations.CreateModel(
            name="TemplateAudience",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=maestro.kernel.identity.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("member_id", models.UUIDField()),
                ("member_slug", models.CharField(max_length=63)),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="audiences",
                        to="catalog.partnergroup",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="audience",
                        to="catalog.workflowtemplate",
                    ),
                ),
            ],
            options={
                "verbose_name": "audience",
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=maestro.kernel.identity.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("tenant_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("member_id", models.UUIDField()),
                ("member_slug", models.CharField(max_length=63)),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="catalog.partnergroup",
                    ),
                ),
            ],
            options={
                "verbose_name": "member of a group of partners",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "member_id"), name="a_partner_once_per_group"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="workflowtemplate",
            index=models.Index(fields=["tenant_id", "-updated_at"], name="templates_by_update"),
        ),
        migrations.AddIndex(
            model_name="workflowtemplate",
            index=models.Index(
                condition=models.Q(
                    ("visibility", "public-ecosystem"),
                    models.Q(("standing", "unlisted"), _negated=True),
                ),
                fields=["-updated_at"],
                name="templates_of_everybody",
            ),
        ),
        migrations.AddIndex(
            model_name="workflowtemplate",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["search"], name="templates_by_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowtemplate",
            constraint=models.UniqueConstraint(
                fields=("publisher", "slug"), name="one_template_per_publisher_and_slug"
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowtemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("visibility__in", ["internal-only", "partner-curated", "public-ecosystem"])
                ),
                name="template_visibility_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="workflowtemplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("standing__in", ["unlisted", "listed", "deprecated", "withdrawn"])
                ),
                name="template_standing_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="templateaudience",
            index=models.Index(fields=["member_id", "template"], name="templates_for_a_partner"),
        ),
        migrations.AddConstraint(
            model_name="templateaudience",
            constraint=models.UniqueConstraint(
                fields=("template", "member_id", "group"),
                name="a_partner_once_per_template_and_group",
                nulls_distinct=False,
            ),
        ),
        RowSecurity("catalog.WorkflowTemplate", jobs="rw", shared_when=FOUND),
        RowSecurity("catalog.PartnerGroup"),
        RowSecurity("catalog.GroupMember"),
        RowSecurity(
            "catalog.TemplateAudience", shared_when="member_id = (SELECT maestro_tenant())"
        ),
        SameTenant("catalog.WorkflowTemplate", "definition"),
        SameTenant("catalog.GroupMember", "group"),
        SameTenant("catalog.TemplateAudience", "template"),
        SameTenant("catalog.TemplateAudience", "group"),
    ]
