"""An execution keeps why it was started, as who started it wrote."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runtime", "0005_run_presets"),
    ]

    operations = [
        migrations.AddField(
            model_name="execution",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
