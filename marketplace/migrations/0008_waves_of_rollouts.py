"""What became of each wave of a roll-out, and how what was upgraded runs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0007_grants_to_groups")]

    operations = [
        migrations.AddField("rollout", "waves", models.JSONField(default=list)),
        migrations.AddField("rollout", "rates", models.JSONField(default=dict)),
        migrations.AddField("rollout", "measured_at", models.DateTimeField(null=True)),
    ]
