"""Whom the platform confirmed to be who they say."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="VerifiedPublisher",
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("publisher", models.CharField(max_length=63, unique=True)),
                ("evidence", models.CharField(max_length=500)),
                ("link", models.CharField(blank=True, max_length=500)),
                ("verified_by", models.UUIDField(null=True)),
                ("verified_by_name", models.CharField(max_length=254)),
                ("verified_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_reason", models.CharField(blank=True, max_length=500)),
            ],
            options={"verbose_name": "verified publisher"},
        ),
        SharedTable("marketplace.VerifiedPublisher"),
    ]
