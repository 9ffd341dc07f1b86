"""What the registry of purposes needs in the database, and what it begins with."""

from datetime import UTC, datetime
from typing import Any

from django.db import migrations, models

import maestro.kernel.identity
from governance.policy.rules import SHIPPED
from maestro.kernel.rls import APP, RowSecurity
from maestro.kernel.tenant import PLATFORM_TENANT

# Whoever acts in a tenant acts for the platform's purposes too.
OF_THE_PLATFORM = f"tenant_id = '{PLATFORM_TENANT}'"


def begin_with_the_shipped(apps: Any, schema_editor: Any) -> None:
    """The purposes that were known in code so far are the platform's."""
    entry = apps.get_model("governance", "PurposeEntry")
    entry.objects.using(schema_editor.connection.alias).bulk_create(
        entry(
            id=maestro.kernel.identity.new_id(),
            tenant_id=PLATFORM_TENANT,
            name=purpose.name,
            title=purpose.title,
            description=purpose.description,
            in_production=purpose.in_production,
            updated_at=datetime.now(UTC),
        )
        for purpose in SHIPPED.values()
    )


class Migration(migrations.Migration):
    dependencies = [("governance", "0007_policy_input")]

    operations = [
        migrations.AddField("PolicyChange", "rules", models.BigIntegerField(default=0)),
        migrations.RunSQL(
            f"GRANT UPDATE (rules) ON governance_policychange TO {APP}",
            f"REVOKE UPDATE (rules) ON governance_policychange FROM {APP}",
        ),
        migrations.CreateModel(
            name="PurposeEntry",
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
                ("name", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=80)),
                ("description", models.CharField(max_length=300)),
                ("allowed_actions", models.JSONField(default=list)),
                ("in_production", models.BooleanField(default=True)),
                ("retired_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField()),
                ("updated_by_name", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "verbose_name": "purpose",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "name"), name="one_purpose_per_name_and_tenant"
                    )
                ],
            },
        ),
        RowSecurity("governance.PurposeEntry", shared_when=OF_THE_PLATFORM),
        migrations.RunPython(begin_with_the_shipped, migrations.RunPython.noop),
    ]
