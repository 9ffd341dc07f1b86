"""What failed or waits in a small tenant is found without reading the rows of a large one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runtime", "0007_saved_filters")]

    operations = [
        migrations.RemoveIndex(model_name="execution", name="executions_by_status"),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("status", "succeeded"), _negated=True),
                fields=["status", "-id", "tenant_id"],
                name="executions_by_status",
            ),
        ),
    ]
