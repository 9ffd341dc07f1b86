"""What evidence needs in the database."""

from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import AppendOnly, RowSecurity


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_audit")]

    operations = [
        migrations.CreateModel(
            name="EvidenceBundle",
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
                ("subject_type", models.CharField(max_length=64)),
                ("subject_id", models.UUIDField()),
                ("digest", models.CharField(max_length=71)),
                ("size", models.IntegerField()),
                ("key_id", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
            ],
            options={
                "verbose_name": "evidence bundle",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "subject_type", "subject_id"),
                        name="one_evidence_bundle_per_subject",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceDue",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("subject_type", models.CharField(max_length=64)),
                ("since", models.DateTimeField()),
                ("next_attempt_at", models.DateTimeField()),
                ("attempts", models.SmallIntegerField(default=0)),
            ],
            options={
                "verbose_name": "evidence to be made",
                "verbose_name_plural": "evidence to be made",
                "indexes": [models.Index(fields=["next_attempt_at"], name="evidence_by_attempt")],
            },
        ),
        RowSecurity("governance.EvidenceBundle", app="r", jobs="a"),
        AppendOnly("governance.EvidenceBundle"),
        RowSecurity("governance.EvidenceDue", app="r", jobs="rw"),
    ]
