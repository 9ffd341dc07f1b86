"""What was counted of roll-outs before too few were hidden goes; the job counts it anew."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0009_reviewed_for")]

    operations = [
        migrations.RunSQL(
            "UPDATE marketplace_rollout SET rates = '{}', measured_at = NULL,"
            " halted_reason = CASE WHEN status = 'halted' THEN 'More runs fail since the upgrade.'"
            " ELSE halted_reason END",
            migrations.RunSQL.noop,
        )
    ]
