import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ApprovalRequest",
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
                ("subject_id", models.CharField(max_length=255)),
                ("requested_by", models.UUIDField(null=True)),
                ("started_by", models.UUIDField(null=True)),
                ("count", models.PositiveSmallIntegerField()),
                (
                    "teams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80), default=list, size=None
                    ),
                ),
                ("message", models.TextField(blank=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                            ("expired", "Expired"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=12,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "approval request",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "pending")),
                        fields=["tenant_id", "id"],
                        name="approvals_pending",
                    ),
                    models.Index(
                        condition=models.Q(("status", "pending")),
                        fields=["expires_at"],
                        name="approvals_by_expiry",
                    ),
                    models.Index(
                        fields=["tenant_id", "subject_type", "subject_id"],
                        name="approvals_of_a_subject",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["pending", "approved", "rejected", "expired", "cancelled"],
                            )
                        ),
                        name="approval_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("count__gte", 1)), name="approval_asks_somebody"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
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
                ("actor_kind", models.CharField(max_length=12)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.CharField(max_length=254)),
                ("token_id", models.UUIDField(null=True)),
                ("action", models.CharField(max_length=64)),
                ("resource_type", models.CharField(max_length=64)),
                ("resource_id", models.CharField(blank=True, max_length=255)),
                ("allow", models.BooleanField()),
                ("reasons", models.JSONField(default=list)),
                ("obligations", models.JSONField(default=list)),
                ("purpose", models.CharField(blank=True, max_length=64)),
                ("channel", models.CharField(max_length=12)),
                ("revision", models.CharField(blank=True, max_length=64)),
                ("input_digest", models.CharField(max_length=71)),
                ("latency_us", models.IntegerField()),
                ("request_id", models.CharField(blank=True, max_length=128)),
                ("decided_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "policy decision",
                "indexes": [
                    models.Index(fields=["tenant_id", "-id"], name="decisions_newest_first"),
                    models.Index(
                        fields=["tenant_id", "resource_type", "resource_id", "-id"],
                        name="decisions_on_a_resource",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
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
                ("kind", models.CharField(max_length=64)),
                ("subject_type", models.CharField(max_length=64)),
                ("subject_id", models.CharField(max_length=255)),
                ("actor_kind", models.CharField(max_length=12)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.CharField(max_length=254)),
                ("purpose", models.CharField(blank=True, max_length=64)),
                ("statement", models.JSONField()),
                ("digest", models.CharField(max_length=71)),
                ("decision_id", models.UUIDField(null=True)),
                ("envelope", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant_id", "-id"], name="receipts_newest_first"),
                    models.Index(
                        fields=["tenant_id", "subject_type", "subject_id", "-id"],
                        name="receipts_of_a_subject",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Secret",
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
                ("name", models.CharField(max_length=63)),
                ("description", models.CharField(blank=True, max_length=200)),
                ("ciphertext", models.BinaryField()),
                ("nonce", models.BinaryField()),
                ("wrapped_key", models.BinaryField()),
                ("key_id", models.CharField(max_length=64)),
                ("version", models.IntegerField()),
                ("created_by", models.UUIDField(null=True)),
                ("updated_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "name"), name="one_secret_per_name_and_tenant"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalDecision",
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
                ("decided_by", models.UUIDField()),
                ("decided_by_name", models.CharField(max_length=254)),
                (
                    "vote",
                    models.CharField(
                        choices=[("approve", "Approve"), ("reject", "Reject")], max_length=8
                    ),
                ),
                ("rationale", models.TextField(blank=True)),
                ("decision_id", models.UUIDField(null=True)),
                (
                    "request",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="governance.approvalrequest",
                    ),
                ),
            ],
            options={
                "verbose_name": "approval decision",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "request", "decided_by"),
                        name="one_decision_per_approver_and_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("vote__in", ["approve", "reject"])),
                        name="approval_vote_is_known",
                    ),
                ],
            },
        ),
    ]
