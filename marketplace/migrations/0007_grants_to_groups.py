"""Which groups of the platform's people may decide on one template: rows of its publisher."""

import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity, SameTenant


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalog", "0005_health_of_templates"),
        ("marketplace", "0005_grants_on_templates"),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateGroupObjectPermission",
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
                ("granted_by_name", models.CharField(max_length=254)),
                (
                    "content_object",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="catalog.workflowtemplate",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.group"),
                ),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="auth.permission"
                    ),
                ),
            ],
            options={
                "verbose_name": "grant to a group",
                "verbose_name_plural": "grants to groups",
                "abstract": False,
                "unique_together": {("group", "permission", "content_object")},
            },
        ),
        RowSecurity("marketplace.TemplateGroupObjectPermission"),
        SameTenant("marketplace.TemplateGroupObjectPermission", "content_object"),
    ]
