"""How far a roll-out has come, and when a person let it go on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0003_installing_again"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="rollout",
            name="failed",
        ),
        migrations.AddField(
            model_name="rollout",
            name="cursor",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="rollout",
            name="followers",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="rollout",
            name="resumed_at",
            field=models.DateTimeField(null=True),
        ),
    ]
