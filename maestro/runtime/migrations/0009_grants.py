"""What installations may run with, and versions that were taken back."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import AppendOnly, RowSecurity, SameTenant, ShareWhen

GRANTED = (
    "EXISTS (SELECT 1 FROM runtime_grant g WHERE g.version_id = runtime_withdrawal.version_id)"
)


class Migration(migrations.Migration):
    dependencies = [("runtime", "0008_status_by_tenant"), ("catalog", "0003_templates")]

    operations = [
        migrations.CreateModel(
            name="Grant",
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
                ("installation_id", models.UUIDField()),
                ("name", models.CharField(max_length=63)),
                ("release_id", models.UUIDField()),
                ("definition_id", models.UUIDField()),
                ("publisher", models.CharField(max_length=63)),
                ("slug", models.CharField(max_length=63)),
                ("number", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=71)),
                ("statement", models.JSONField()),
                ("signatures", models.JSONField()),
                ("parameters", models.JSONField(default=dict)),
                ("secrets", models.JSONField(default=dict)),
                ("endpoints", models.JSONField(default=dict)),
                (
                    "hosts",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=261), default=list, size=None
                    ),
                ),
                (
                    "environment",
                    models.CharField(
                        choices=[
                            ("development", "Development"),
                            ("staging", "Staging"),
                            ("production", "Production"),
                        ],
                        max_length=12,
                    ),
                ),
                ("region", models.CharField(blank=True, max_length=40)),
                ("quotas", models.JSONField(default=dict)),
                ("policies", models.JSONField(default=dict)),
                ("granted_by", models.UUIDField(null=True)),
                ("superseded_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("stop_reason", models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="Withdrawal",
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
                (
                    "mode",
                    models.CharField(choices=[("stop", "Stop"), ("warn", "Warn")], max_length=4),
                ),
                ("reason", models.CharField(max_length=500)),
                ("replacement", models.CharField(blank=True, max_length=192)),
                ("withdrawn_by_name", models.CharField(max_length=254)),
            ],
        ),
        migrations.AddField(
            model_name="execution",
            name="environment",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            model_name="execution",
            name="grant_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="execution",
            name="installation_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="execution",
            name="region",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("installation_id__isnull", False)),
                fields=["installation_id", "-id"],
                name="executions_of_an_installation",
            ),
        ),
        migrations.AddField(
            model_name="grant",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.workflowversion",
            ),
        ),
        migrations.AddField(
            model_name="withdrawal",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.workflowversion",
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["version", "tenant_id"], name="grants_of_a_version"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["tenant_id", "definition_id"], name="grants_of_a_workflow"),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at__isnull", True)),
                fields=("tenant_id", "installation_id"),
                name="one_grant_in_force_per_installation",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at__isnull", True)),
                fields=("tenant_id", "name"),
                name="one_grant_in_force_per_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="grant",
            constraint=models.CheckConstraint(
                condition=models.Q(("environment__in", ["development", "staging", "production"])),
                name="grant_environment_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.UniqueConstraint(
                fields=("version",), name="one_withdrawal_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__in", ["stop", "warn"])), name="withdrawal_mode_is_known"
            ),
        ),
        RowSecurity("runtime.Grant", jobs="r"),
        RowSecurity("runtime.Withdrawal", app="a", jobs="r", shared_when=GRANTED),
        SameTenant("runtime.Withdrawal", "version"),
        AppendOnly("runtime.Withdrawal"),
        # Whoever was granted a version reads what it is, for as long as its executions are kept.
        ShareWhen(
            "catalog.WorkflowDefinition",
            shared_when="scope IN ('global', 'system') OR EXISTS (SELECT 1 FROM runtime_grant g"
            " WHERE g.definition_id = catalog_workflowdefinition.id)",
            before="scope = 'global'",
        ),
    ]
