"""Submissions, reviews, releases, installations, each held to its tenant."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import maestro.kernel.identity
from maestro.kernel.rls import AppendOnly, RowSecurity, SameTenant, ShareWhen

# Under these conditions a row is read by a tenant that is not its own. The tables that they name are
# held to the reader too, so that a template that is not found hides all that is of it.
OF_A_TEMPLATE = "EXISTS (SELECT 1 FROM catalog_workflowtemplate t WHERE t.id = template_id)"
FOUND_OR_GRANTED = (
    OF_A_TEMPLATE + " OR EXISTS (SELECT 1 FROM runtime_grant g"  # noqa: S608 - constants
    " WHERE g.release_id = marketplace_release.id)"
)
TO_THIS_TENANT = "installer_id = (SELECT maestro_tenant())"
OF_A_GLOBAL_WORKFLOW = (
    "EXISTS (SELECT 1 FROM catalog_workflowdefinition d"
    " WHERE d.id = definition_id AND d.scope = 'global')"
)
OF_A_SHARED_WORKFLOW = (
    "EXISTS (SELECT 1 FROM catalog_workflowdefinition d"
    " WHERE d.id = definition_id AND d.scope IN ('global', 'system'))"
)
REVIEW_OF_ITS_SUBMISSION = """
CREATE FUNCTION marketplace_review_of_its_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM marketplace_submission s WHERE s.id = NEW.submission_id
        AND s.requested_by = NEW.requested_by AND s.author_id IS NOT DISTINCT FROM NEW.author_id
    ) THEN
        RAISE EXCEPTION 'a review repeats who asked for it and who wrote what is reviewed'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.overrides_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM marketplace_review r WHERE r.id = NEW.overrides_id
        AND r.submission_id = NEW.submission_id AND r.kind = NEW.kind
        AND r.reviewer_id = NEW.overridden_reviewer_id
    ) THEN
        RAISE EXCEPTION 'an override names a review of the same kind and submission, and whose it is'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_of_its_submission BEFORE INSERT ON marketplace_review
    FOR EACH ROW EXECUTE FUNCTION marketplace_review_of_its_submission();
"""
REVIEW_OF_ITS_SUBMISSION_BACK = """
DROP TRIGGER review_of_its_submission ON marketplace_review;
DROP FUNCTION marketplace_review_of_its_submission();
"""
RELEASE_IS_FIXED = """
CREATE FUNCTION marketplace_release_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moves text[] := ARRAY['status', 'status_reason', 'replacement', 'status_at'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - moves IS DISTINCT FROM to_jsonb(NEW) - moves THEN
        RAISE EXCEPTION 'a release is fixed: only its standing moves' USING ERRCODE = 'MT002';
    END IF;
    IF OLD.status = 'withdrawn' AND NEW.status <> 'withdrawn' THEN
        RAISE EXCEPTION 'a withdrawn release stays so' USING ERRCODE = 'MT002';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_is_fixed BEFORE UPDATE OR DELETE ON marketplace_release
    FOR EACH ROW EXECUTE FUNCTION marketplace_release_is_fixed();
"""
RELEASE_IS_FIXED_BACK = """
DROP TRIGGER release_is_fixed ON marketplace_release;
DROP FUNCTION marketplace_release_is_fixed();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0003_templates"),
        ("runtime", "0009_grants"),
        ("kernel", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Adoption",
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
                ("template_id", models.UUIDField()),
                ("installation_id", models.UUIDField()),
                ("installer_id", models.UUIDField()),
                ("installer_slug", models.CharField(max_length=63)),
                ("number", models.CharField(max_length=64)),
                ("channel", models.CharField(max_length=8)),
                ("status", models.CharField(max_length=12)),
                ("since", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "template_id", "-id"], name="adoptions_of_a_template"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "installation_id"),
                        name="one_adoption_per_installation",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Submission",
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
                ("number", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=71)),
                ("title", models.CharField(max_length=120)),
                ("publisher", models.CharField(max_length=63)),
                ("risk", models.CharField(max_length=8)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("internal-only", "Internal only"),
                            ("partner-curated", "Named partners"),
                            ("public-ecosystem", "Everybody"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("in_review", "In review"),
                            ("changes_requested", "Changes requested"),
                            ("approved", "Approved"),
                            ("published", "Published"),
                            ("rejected", "Rejected"),
                            ("retracted", "Retracted"),
                        ],
                        default="in_review",
                        max_length=18,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=2000)),
                (
                    "required_reviews",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("compared_with", models.CharField(blank=True, max_length=64)),
                ("changes", models.JSONField(default=list)),
                ("capabilities", models.JSONField(default=dict)),
                ("new_capabilities", models.JSONField(default=dict)),
                ("execution_id", models.UUIDField(null=True)),
                ("author_id", models.UUIDField(null=True)),
                ("requested_by", models.UUIDField()),
                ("requested_by_name", models.CharField(max_length=254)),
                ("due_at", models.DateTimeField()),
                ("checked_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("approved_by", models.UUIDField(null=True)),
                ("approved_by_name", models.CharField(blank=True, max_length=254)),
                ("rationale", models.CharField(blank=True, max_length=4000)),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="catalog.workflowtemplate",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="submissions",
                        to="catalog.workflowversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewLease",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("security", "Security"),
                            ("performance", "Performance"),
                            ("docs", "Docs"),
                        ],
                        max_length=12,
                    ),
                ),
                ("holder_id", models.UUIDField()),
                ("holder_name", models.CharField(max_length=254)),
                ("until", models.DateTimeField()),
                (
                    "submission",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leases",
                        to="marketplace.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewEvidence",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("security", "Security"),
                            ("performance", "Performance"),
                            ("docs", "Docs"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=71)),
                ("content", models.BinaryField()),
                ("uploaded_by", models.UUIDField()),
                ("uploaded_by_name", models.CharField(max_length=254)),
                (
                    "submission",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="marketplace.submission",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence of a review",
                "verbose_name_plural": "evidence of reviews",
            },
        ),
        migrations.CreateModel(
            name="Review",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("security", "Security"),
                            ("performance", "Performance"),
                            ("docs", "Docs"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("approve", "Approve"),
                            ("request_changes", "Request changes"),
                            ("reject", "Reject"),
                        ],
                        max_length=16,
                    ),
                ),
                ("rationale", models.CharField(max_length=4000)),
                ("checklist", models.JSONField(default=list)),
                (
                    "controls",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                (
                    "links",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.URLField(max_length=500), default=list, size=None
                    ),
                ),
                ("reviewer_id", models.UUIDField()),
                ("reviewer_name", models.CharField(max_length=254)),
                ("requested_by", models.UUIDField()),
                ("author_id", models.UUIDField(null=True)),
                ("overridden_reviewer_id", models.UUIDField(null=True)),
                ("decision_id", models.UUIDField(null=True)),
                ("took", models.PositiveIntegerField(default=0)),
                (
                    "overrides",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="overridden_by",
                        to="marketplace.review",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="marketplace.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Release",
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
                ("publisher", models.CharField(max_length=63)),
                ("slug", models.CharField(max_length=63)),
                ("number", models.CharField(max_length=64)),
                (
                    "order",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=4
                    ),
                ),
                ("digest", models.CharField(max_length=71)),
                ("title", models.CharField(max_length=120)),
                ("risk", models.CharField(max_length=8)),
                ("changelog", models.TextField()),
                ("previous_number", models.CharField(blank=True, max_length=64)),
                ("changes", models.JSONField(default=list)),
                ("is_breaking", models.BooleanField(default=False)),
                ("capabilities", models.JSONField(default=dict)),
                ("migrations", models.JSONField(default=list)),
                ("statement", models.JSONField()),
                ("signatures", models.JSONField()),
                (
                    "reviewed_by",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=254), default=list, size=None
                    ),
                ),
                ("origin", models.CharField(blank=True, max_length=120)),
                ("published_by", models.UUIDField(null=True)),
                ("published_by_name", models.CharField(max_length=254)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("published", "Published"),
                            ("superseded", "Superseded"),
                            ("deprecated", "Deprecated"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="published",
                        max_length=12,
                    ),
                ),
                ("status_reason", models.CharField(blank=True, max_length=500)),
                ("replacement", models.CharField(blank=True, max_length=192)),
                ("status_at", models.DateTimeField(null=True)),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="catalog.workflowtemplate",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="catalog.workflowversion",
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="marketplace.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
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
                ("check_name", models.CharField(max_length=40)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("error", "Must be mended"),
                            ("warning", "Look at this"),
                            ("info", "For information"),
                        ],
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(max_length=64)),
                ("path", models.CharField(blank=True, max_length=500)),
                ("message", models.CharField(max_length=500)),
                ("hint", models.CharField(blank=True, max_length=500)),
                (
                    "submission",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="marketplace.submission",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UpgradeProposal",
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
                ("template_id", models.UUIDField()),
                ("release_id", models.UUIDField()),
                ("number", models.CharField(max_length=64)),
                ("installation_id", models.UUIDField()),
                ("installer_id", models.UUIDField()),
                ("message", models.CharField(max_length=500)),
                ("deadline", models.DateField(null=True)),
                ("proposed_by", models.UUIDField()),
                ("proposed_by_name", models.CharField(max_length=254)),
            ],
            options={
                "verbose_name": "proposal to upgrade",
                "verbose_name_plural": "proposals to upgrade",
                "indexes": [
                    models.Index(
                        fields=["installer_id", "installation_id"], name="proposals_to_a_tenant"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("installation_id", "release_id"),
                        name="one_proposal_per_installation_and_release",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkflowInstance",
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
                ("title", models.CharField(max_length=120)),
                ("template_id", models.UUIDField()),
                ("release_id", models.UUIDField()),
                ("publisher", models.CharField(max_length=63)),
                ("slug", models.CharField(max_length=63)),
                ("number", models.CharField(max_length=64)),
                (
                    "order",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=4
                    ),
                ),
                ("digest", models.CharField(max_length=71)),
                ("risk", models.CharField(max_length=8)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("pin", "Stay on exactly this version"),
                            ("patch", "Follow patches"),
                            ("minor", "Follow minor versions"),
                        ],
                        default="pin",
                        max_length=8,
                    ),
                ),
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
                ("grant_id", models.UUIDField(null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("stopped", "Stopped"),
                            ("uninstalled", "Uninstalled"),
                        ],
                        default="active",
                        max_length=12,
                    ),
                ),
                ("status_reason", models.CharField(blank=True, max_length=500)),
                ("installed_by", models.UUIDField(null=True)),
                ("installed_by_name", models.CharField(max_length=254)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "verbose_name": "installation",
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "-updated_at"], name="installations_by_update"
                    ),
                    models.Index(fields=["template_id", "id"], name="installations_of_a_template"),
                    models.Index(fields=["release_id", "id"], name="installations_of_a_release"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "uninstalled"), _negated=True),
                        fields=("tenant_id", "name"),
                        name="one_installation_of_a_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["active", "stopped", "uninstalled"])),
                        name="installation_status_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["pin", "patch", "minor"])),
                        name="installation_channel_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="InstanceChange",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("install", "Installed"),
                            ("upgrade", "Upgraded"),
                            ("rollback", "Rolled back"),
                            ("configure", "Configured"),
                            ("stop", "Stopped"),
                            ("resume", "Resumed"),
                            ("uninstall", "Uninstalled"),
                        ],
                        max_length=12,
                    ),
                ),
                ("from_number", models.CharField(blank=True, max_length=64)),
                ("to_number", models.CharField(blank=True, max_length=64)),
                ("before", models.JSONField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("by_id", models.UUIDField(null=True)),
                ("by_name", models.CharField(blank=True, max_length=254)),
                ("receipt_id", models.UUIDField(null=True)),
                (
                    "instance",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="marketplace.workflowinstance",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of an installation",
                "verbose_name_plural": "changes of installations",
            },
        ),
        migrations.CreateModel(
            name="Certification",
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
                ("checklist", models.JSONField(default=list)),
                ("rationale", models.CharField(max_length=4000)),
                ("certified_by", models.UUIDField()),
                ("certified_by_name", models.CharField(max_length=254)),
                ("published_by", models.UUIDField(null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "revokes",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revoked_by",
                        to="marketplace.certification",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certifications",
                        to="catalog.workflowtemplate",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="certifications",
                        to="marketplace.release",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["release", "-id"], name="certifications_of_a_release")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_by", None),
                            models.Q(("certified_by", models.F("published_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_certifies_their_own",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReleaseHealth",
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
                ("runs_7", models.PositiveIntegerField(null=True)),
                ("runs_30", models.PositiveIntegerField(null=True)),
                ("tenants_30", models.PositiveIntegerField(null=True)),
                ("failure_rate_7", models.FloatField(null=True)),
                ("failure_rate_30", models.FloatField(null=True)),
                ("average_seconds", models.FloatField(null=True)),
                ("p95_seconds", models.FloatField(null=True)),
                ("last_run_status", models.CharField(blank=True, max_length=12)),
                ("last_run_at", models.DateTimeField(null=True)),
                ("rolled_up_at", models.DateTimeField()),
                (
                    "release",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health",
                        to="marketplace.release",
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="healths",
                        to="catalog.workflowtemplate",
                    ),
                ),
            ],
            options={
                "verbose_name": "health of a release",
                "verbose_name_plural": "health of releases",
                "indexes": [models.Index(fields=["template"], name="health_of_a_template")],
            },
        ),
        migrations.CreateModel(
            name="Rollout",
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
                    "status",
                    models.CharField(
                        choices=[("running", "Running"), ("done", "Done"), ("halted", "Halted")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("wave", models.PositiveSmallIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("halted_reason", models.CharField(blank=True, max_length=500)),
                ("next_at", models.DateTimeField(null=True)),
                (
                    "release",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rollout",
                        to="marketplace.release",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "running")),
                        fields=["next_at"],
                        name="rollouts_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("running", "done", "halted"))),
                        name="rollout_status_is_known",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(
                condition=models.Q(("status__in", ("in_review", "approved"))),
                fields=["due_at", "id"],
                name="submissions_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["tenant_id", "-id"], name="submissions_newest_first"),
        ),
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["template", "-id"], name="submissions_of_a_template"),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("in_review", "approved"))),
                fields=("version",),
                name="one_open_submission_per_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            "in_review",
                            "changes_requested",
                            "approved",
                            "published",
                            "rejected",
                            "retracted",
                        ],
                    )
                ),
                name="submission_status_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="submission",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approved_by", None),
                    models.Q(
                        models.Q(("approved_by", models.F("requested_by")), _negated=True),
                        models.Q(
                            ("author_id", None),
                            models.Q(("approved_by", models.F("author_id")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="nobody_approves_their_own_submission",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewlease",
            constraint=models.UniqueConstraint(
                fields=("submission", "kind"), name="one_lease_per_submission_and_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewevidence",
            constraint=models.UniqueConstraint(
                fields=("submission", "kind", "digest"), name="one_file_per_review_and_digest"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewevidence",
            constraint=models.CheckConstraint(
                condition=models.Q(("size__lte", 5242880)), name="evidence_is_of_bounded_size"
            ),
        ),
        migrations.AddIndex(
            model_name="review",
            index=models.Index(fields=["submission", "id"], name="reviews_of_a_submission"),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.UniqueConstraint(
                condition=models.Q(("overrides", None)),
                fields=("submission", "kind"),
                name="one_first_review_per_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["security", "performance", "docs"])),
                name="review_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["approve", "request_changes", "reject"])),
                name="review_decision_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reviewer_id", models.F("requested_by")), _negated=True),
                    models.Q(
                        ("author_id", None),
                        models.Q(("reviewer_id", models.F("author_id")), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="nobody_reviews_their_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("overridden_reviewer_id", None),
                    models.Q(("reviewer_id", models.F("overridden_reviewer_id")), _negated=True),
                    _connector="OR",
                ),
                name="nobody_overrides_their_own",
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("overridden_reviewer_id", None), ("overrides", None)),
                    models.Q(
                        ("overridden_reviewer_id__isnull", False), ("overrides__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="an_override_names_whose",
            ),
        ),
        migrations.AddIndex(
            model_name="release",
            index=models.Index(fields=["template", "-order", "-id"], name="releases_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(fields=("version",), name="one_release_per_version"),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.UniqueConstraint(
                fields=("template", "number"), name="one_release_per_template_and_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ["published", "superseded", "deprecated", "withdrawn"])
                ),
                name="release_status_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="finding",
            index=models.Index(fields=["submission", "id"], name="findings_of_a_submission"),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["error", "warning", "info"])),
                name="finding_level_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="instancechange",
            index=models.Index(fields=["instance", "-id"], name="changes_of_an_installation"),
        ),
        migrations.AddConstraint(
            model_name="instancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "install",
                            "upgrade",
                            "rollback",
                            "configure",
                            "stop",
                            "resume",
                            "uninstall",
                        ],
                    )
                ),
                name="installation_change_is_known",
            ),
        ),
        RowSecurity("marketplace.Submission", jobs="r"),
        RowSecurity("marketplace.Finding", app="a"),
        RowSecurity("marketplace.Review", app="a"),
        RowSecurity("marketplace.ReviewEvidence", app="a"),
        RowSecurity("marketplace.ReviewLease"),
        RowSecurity("marketplace.Release", jobs="r", shared_when=FOUND_OR_GRANTED),
        RowSecurity("marketplace.Certification", app="a", jobs="r", shared_when=OF_A_TEMPLATE),
        RowSecurity("marketplace.ReleaseHealth", app="r", jobs="rw", shared_when=OF_A_TEMPLATE),
        RowSecurity("marketplace.WorkflowInstance", jobs="r"),
        RowSecurity("marketplace.InstanceChange", app="a"),
        RowSecurity("marketplace.Adoption", app="r", jobs="rw"),
        RowSecurity("marketplace.UpgradeProposal", jobs="r", shared_when=TO_THIS_TENANT),
        RowSecurity("marketplace.Rollout", jobs="rw"),
        SameTenant("marketplace.Submission", "template"),
        SameTenant("marketplace.Submission", "version"),
        SameTenant("marketplace.Finding", "submission"),
        SameTenant("marketplace.Review", "submission"),
        SameTenant("marketplace.Review", "overrides"),
        SameTenant("marketplace.ReviewEvidence", "submission"),
        SameTenant("marketplace.ReviewLease", "submission"),
        SameTenant("marketplace.Release", "template"),
        SameTenant("marketplace.Release", "version"),
        SameTenant("marketplace.Release", "submission"),
        SameTenant("marketplace.Certification", "template"),
        SameTenant("marketplace.Certification", "release"),
        SameTenant("marketplace.Certification", "revokes"),
        SameTenant("marketplace.ReleaseHealth", "release"),
        SameTenant("marketplace.ReleaseHealth", "template"),
        SameTenant("marketplace.InstanceChange", "instance"),
        SameTenant("marketplace.Rollout", "release"),
        AppendOnly("marketplace.Finding"),
        AppendOnly("marketplace.Review"),
        AppendOnly("marketplace.ReviewEvidence"),
        AppendOnly("marketplace.Certification"),
        AppendOnly("marketplace.InstanceChange"),
        ShareWhen(
            "catalog.WorkflowVersion",
            shared_when=OF_A_SHARED_WORKFLOW  # noqa: S608 - constants
            + " OR EXISTS (SELECT 1 FROM runtime_grant g"
            " WHERE g.version_id = catalog_workflowversion.id) OR EXISTS"
            " (SELECT 1 FROM marketplace_release r WHERE r.version_id = catalog_workflowversion.id)",
            before=OF_A_GLOBAL_WORKFLOW,
        ),
        migrations.RunSQL(REVIEW_OF_ITS_SUBMISSION, REVIEW_OF_ITS_SUBMISSION_BACK),
        migrations.RunSQL(RELEASE_IS_FIXED, RELEASE_IS_FIXED_BACK),
    ]
