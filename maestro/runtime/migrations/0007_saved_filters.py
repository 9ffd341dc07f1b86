"""Filters of lists are kept under a name, each by one person."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity


class Migration(migrations.Migration):
    dependencies = [("runtime", "0006_reason_of_an_execution")]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
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
                ("owner", models.UUIDField()),
                ("page", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=80)),
                ("query", models.CharField(max_length=1000)),
                ("opens", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "saved view",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "owner", "page", "name"),
                        name="one_saved_filter_of_a_name",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("opens", True)),
                        fields=("tenant_id", "owner", "page"),
                        name="one_saved_filter_opens_a_page",
                    ),
                ],
            },
        ),
        RowSecurity("runtime.SavedFilter"),
    ]
