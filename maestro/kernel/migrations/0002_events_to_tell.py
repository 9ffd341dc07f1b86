"""A mark on events of which people were told, apart from the one of their delivery."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="outboxevent",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="outboxevent",
            index=models.Index(
                condition=models.Q(
                    ("told_at__isnull", True),
                    models.Q(("kind__startswith", "execution."), _negated=True),
                ),
                fields=["id"],
                name="events_to_tell",
            ),
        ),
    ]
