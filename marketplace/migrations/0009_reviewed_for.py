"""For whom a release was reviewed: others find none that fewer looked at than its template asks for now."""

from django.db import migrations, models

from maestro.kernel.rls import ShareWhen

GRANTED = "EXISTS (SELECT 1 FROM runtime_grant g WHERE g.release_id = marketplace_release.id)"
OF_A_TEMPLATE = "EXISTS (SELECT 1 FROM catalog_workflowtemplate t WHERE t.id = template_id"
REVIEWED = " AND (reviewed_for = 'public-ecosystem' OR reviewed_for = t.visibility))"
# What was published here says so in its submission; another Maestro's was reviewed there, and who
# finds it is said when it is imported.
KNOWN = """
ALTER TABLE marketplace_release DISABLE TRIGGER release_is_fixed;
UPDATE marketplace_release r SET reviewed_for = coalesce(
    (SELECT s.visibility FROM marketplace_submission s WHERE s.id = r.submission_id),
    'public-ecosystem');
ALTER TABLE marketplace_release ENABLE TRIGGER release_is_fixed;
"""


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0008_waves_of_rollouts")]

    operations = [
        migrations.AddField(
            "release",
            "reviewed_for",
            models.CharField(
                choices=[
                    ("internal-only", "Internal only"),
                    ("partner-curated", "Named partners"),
                    ("public-ecosystem", "Everybody"),
                ],
                default="internal-only",
                max_length=16,
            ),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        ShareWhen(
            "marketplace.Release",
            shared_when=f"{OF_A_TEMPLATE}{REVIEWED} OR {GRANTED}",
            before=f"{OF_A_TEMPLATE}) OR {GRANTED}",
        ),
    ]
