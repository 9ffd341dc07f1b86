"""What failed, waits or was cancelled is found among a million rows without reading the rest."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runtime", "0002_row_security")]

    operations = [
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("status", "succeeded"), _negated=True),
                fields=["status", "-id"],
                name="executions_by_status",
            ),
        ),
        migrations.AddIndex(
            model_name="steprun",
            index=models.Index(
                condition=models.Q(("status__in", ["failed", "cancelled", "skipped"])),
                fields=["status", "-id"],
                name="steps_that_did_not_succeed",
            ),
        ),
    ]
