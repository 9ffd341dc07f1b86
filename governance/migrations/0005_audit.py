"""What the audit chain and the secrets need in the database."""

from django.db import migrations, models

from maestro.kernel.rls import JOBS, AppendOnly, Audited, RowSecurity


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_policy")]

    operations = [
        migrations.CreateModel(
            name="AuditDue",
            fields=[
                ("record_id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("record_type", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "record to be linked",
                "verbose_name_plural": "records to be linked",
            },
        ),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                ("tenant_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "record_id",
                    models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
                ("record_type", models.CharField(max_length=64)),
                ("seq", models.BigIntegerField()),
                ("verb", models.CharField(max_length=64)),
                ("record_digest", models.CharField(max_length=71)),
                ("previous", models.CharField(blank=True, max_length=71)),
                ("hash", models.CharField(max_length=71)),
            ],
            options={
                "verbose_name": "audit link",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "seq"), name="one_audit_link_per_place_and_tenant"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(
                fields=["tenant_id", "action", "-id"], name="decisions_of_an_action"
            ),
        ),
        migrations.AddField(
            model_name="secret",
            name="source",
            field=models.CharField(default="database", max_length=16),
        ),
        migrations.AddField(
            model_name="secret",
            name="reference",
            field=models.CharField(blank=True, default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.CheckConstraint(
                name="secret_is_sealed_or_kept_elsewhere",
                condition=models.Q(source="database", reference="")
                | (~models.Q(source="database") & ~models.Q(reference="") & models.Q(key_id="")),
            ),
        ),
        RowSecurity("governance.AuditDue", app="r", jobs="rw"),
        RowSecurity("governance.AuditLink", app="r", jobs="a"),
        AppendOnly("governance.AuditLink"),
        Audited("governance.Decision"),
        Audited("governance.Receipt"),
        Audited("governance.ApprovalDecision"),
        # The job that wraps data keys anew writes these alone.
        migrations.RunSQL(
            f"GRANT UPDATE (wrapped_key, key_id) ON governance_secret TO {JOBS}",
            f"REVOKE UPDATE (wrapped_key, key_id) ON governance_secret FROM {JOBS}",
        ),
    ]
