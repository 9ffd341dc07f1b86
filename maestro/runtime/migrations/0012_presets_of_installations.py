"""Answers of the run form of an installation are kept apart from those of the workflow."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runtime", "0011_executions_of_a_grant")]

    operations = [
        migrations.AddField("runpreset", "installation_id", models.UUIDField(null=True)),
        migrations.RemoveConstraint("runpreset", "one_preset_of_a_name"),
        migrations.AddConstraint(
            "runpreset",
            models.UniqueConstraint(
                fields=("tenant_id", "definition", "installation_id", "owner", "name"),
                name="one_preset_of_a_name",
                nulls_distinct=False,
            ),
        ),
    ]
