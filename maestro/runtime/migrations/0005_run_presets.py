"""Answers of run forms are kept under a name, for a person or for a tenant."""

import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import RowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_row_security"),
        ("runtime", "0004_lighter_writes"),
    ]

    operations = [
        migrations.CreateModel(
            name="RunPreset",
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
                ("owner", models.UUIDField(null=True)),
                ("saved_by", models.UUIDField(null=True)),
                ("saved_by_name", models.CharField(blank=True, max_length=120)),
                ("answers", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField()),
                (
                    "definition",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.workflowdefinition",
                    ),
                ),
            ],
            options={
                "verbose_name": "preset",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "definition", "owner", "name"),
                        name="one_preset_of_a_name",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        RowSecurity("runtime.RunPreset"),
    ]
