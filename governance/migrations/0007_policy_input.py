"""What replaying recorded decisions needs in the database."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import AppendOnly, RowSecurity


class Migration(migrations.Migration):
    dependencies = [("governance", "0006_evidence")]

    operations = [
        migrations.CreateModel(
            name="PolicyInput",
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
                ("digest", models.CharField(max_length=71)),
                ("content", models.BinaryField()),
            ],
            options={
                "verbose_name": "policy input",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "digest"), name="one_policy_input_per_digest"
                    )
                ],
            },
        ),
        RowSecurity("governance.PolicyInput", app="a", jobs="a"),
        AppendOnly("governance.PolicyInput"),
    ]
