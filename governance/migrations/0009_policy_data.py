"""What the data that policy is told of a tenant needs in the database, and who asks what was done
for a purpose."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("governance", "0008_purposes")]

    operations = [
        migrations.CreateModel(
            name="PolicyData",
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
                ("revision", models.IntegerField()),
                ("content", models.JSONField()),
                ("updated_at", models.DateTimeField()),
                ("updated_by_name", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "verbose_name": "policy data",
                "verbose_name_plural": "policy data",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id",), name="one_policy_data_per_tenant"
                    )
                ],
            },
        ),
        RowSecurity("governance.PolicyData"),
        migrations.AddIndex(
            "Decision",
            models.Index(fields=["tenant_id", "purpose", "-id"], name="decisions_for_a_purpose"),
        ),
    ]
