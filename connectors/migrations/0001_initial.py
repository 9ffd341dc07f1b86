"""Connections, held to their tenant; the engine reads them."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity


class Migration(migrations.Migration):
    initial = True
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Connection",
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
                ("kind", models.CharField(max_length=40)),
                ("name", models.CharField(default="default", max_length=63)),
                ("config", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "kind", "name"),
                        name="one_connection_of_a_name_and_kind",
                    )
                ],
            },
        ),
        RowSecurity("connectors.Connection", jobs="r"),
    ]
