"""What the roll-up of health reads, from an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runtime", "0009_grants")]

    operations = [
        migrations.AddIndex(
            "execution",
            models.Index(
                condition=models.Q(("finished_at__isnull", False), ("grant_id__isnull", False)),
                fields=["grant_id", "finished_at"],
                include=("status", "tenant_id", "started_at"),
                name="executions_of_a_grant",
            ),
        ),
    ]
