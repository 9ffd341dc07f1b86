"""Who may decide on one template: object permissions with a key of their own, rows of its publisher.

guardian's own, generic tables stay empty, and nobody but their owner may touch them: they would
tell every tenant that another's row exists.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity, SameTenant


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("catalog", "0005_health_of_templates"),
        ("marketplace", "0006_rollouts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TemplateUserObjectPermission",
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
                        related_name="people",
                        to="catalog.workflowtemplate",
                    ),
                ),
                (
                    "permission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="auth.permission"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "grant on a template",
                "verbose_name_plural": "grants on templates",
                "abstract": False,
                "unique_together": {("user", "permission", "content_object")},
            },
        ),
        RowSecurity("marketplace.TemplateUserObjectPermission"),
        SameTenant("marketplace.TemplateUserObjectPermission", "content_object"),
    ]
