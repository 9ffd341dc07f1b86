"""What policy needs in the database."""

import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import APP, SharedTable

KEPT = """
CREATE FUNCTION governance_bundle_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.revision, NEW.digest, NEW.content, NEW.built_at)
        IS DISTINCT FROM (OLD.id, OLD.revision, OLD.digest, OLD.content, OLD.built_at) THEN
        RAISE EXCEPTION 'a bundle of policies is kept as it is' USING ERRCODE = 'MT002';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON governance_policybundle
    FOR EACH ROW EXECUTE FUNCTION governance_bundle_kept();
"""
NOT_KEPT = """
DROP TRIGGER kept ON governance_policybundle;
DROP FUNCTION governance_bundle_kept();
"""
MOVED = "status, activated_at, activated_by, activated_by_name, retired_at, replaced_id"


class Migration(migrations.Migration):
    dependencies = [("governance", "0003_signed_receipts")]

    operations = [
        migrations.CreateModel(
            name="PolicyChange",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("bundles", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "policy change",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="policy_change_is_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyBundle",
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
                ("revision", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=71, unique=True)),
                ("content", models.BinaryField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("built", "Built"),
                            ("active", "Active"),
                            ("retired", "Retired"),
                        ],
                        default="built",
                        max_length=8,
                    ),
                ),
                ("built_at", models.DateTimeField()),
                ("built_by", models.UUIDField(null=True)),
                ("built_by_name", models.CharField(max_length=254)),
                ("activated_at", models.DateTimeField(null=True)),
                ("activated_by", models.UUIDField(null=True)),
                ("activated_by_name", models.CharField(blank=True, max_length=254)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "replaced",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="governance.policybundle",
                    ),
                ),
            ],
            options={
                "verbose_name": "policy bundle",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "active")),
                        fields=("status",),
                        name="one_policy_bundle_is_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["built", "active", "retired"])),
                        name="policy_bundle_status_is_known",
                    ),
                ],
            },
        ),
        SharedTable("governance.PolicyBundle", app="a"),
        migrations.RunSQL(
            f"GRANT UPDATE ({MOVED}) ON governance_policybundle TO {APP}",
            f"REVOKE UPDATE ({MOVED}) ON governance_policybundle FROM {APP}",
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
        SharedTable("governance.PolicyChange", app="a"),
        migrations.RunSQL(
            f"GRANT UPDATE (bundles) ON governance_policychange TO {APP}",
            f"REVOKE UPDATE (bundles) ON governance_policychange FROM {APP}",
        ),
    ]
