"""How a template's latest release did, beside it: a list reads one table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_templates")]

    operations = [
        migrations.AddField("workflowtemplate", "health_of", models.UUIDField(null=True)),
        migrations.AddField("workflowtemplate", "failure_rate", models.FloatField(null=True)),
        migrations.AddField("workflowtemplate", "runs", models.PositiveIntegerField(null=True)),
        migrations.AddField(
            "workflowtemplate",
            "last_run_status",
            models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField("workflowtemplate", "last_run_at", models.DateTimeField(null=True)),
    ]
