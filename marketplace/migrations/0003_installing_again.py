"""The same request to install, sent again, gives the same installation."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0004_verified_publishers")]

    operations = [
        migrations.AddField(
            model_name="workflowinstance",
            name="idempotency_key",
            field=models.CharField(max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="workflowinstance",
            name="request_digest",
            field=models.CharField(blank=True, db_default="", default="", max_length=71),
        ),
        migrations.AddConstraint(
            model_name="workflowinstance",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "idempotency_key"),
                name="one_installation_per_idempotency_key",
            ),
        ),
    ]
