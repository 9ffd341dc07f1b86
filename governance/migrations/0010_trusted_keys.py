"""Keys of publishers elsewhere, whose releases may be imported and run."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import APP, SharedTable

REVOKED = "revoked_at, revoked_by_name"


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0009_policy_data"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrustedKey",
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
                ("publisher", models.CharField(max_length=63)),
                ("holder_id", models.UUIDField()),
                ("key_id", models.CharField(max_length=64)),
                ("pem", models.TextField()),
                ("added_at", models.DateTimeField()),
                ("added_by", models.UUIDField(null=True)),
                ("added_by_name", models.CharField(max_length=254)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by_name", models.CharField(blank=True, max_length=254)),
            ],
            options={
                "verbose_name": "trusted key",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)),
                        fields=("publisher", "key_id"),
                        name="one_trusted_key_per_publisher",
                    )
                ],
            },
        ),
        SharedTable("governance.TrustedKey", app="a", jobs="r"),
        migrations.RunSQL(
            f"GRANT UPDATE ({REVOKED}) ON governance_trustedkey TO {APP}",
            f"REVOKE UPDATE ({REVOKED}) ON governance_trustedkey FROM {APP}",
        ),
    ]
