"""A role of a tenant more: only the choices change, no table."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0003_keys_of_sessions")]

    operations = [
        migrations.AlterField(
            model_name="membership",
            name="roles",
            field=ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("viewer", "Viewer"),
                        ("operator", "Operator"),
                        ("author", "Author"),
                        ("admin", "Admin"),
                        ("installer", "Installer"),
                    ],
                    max_length=16,
                ),
                default=list,
                size=None,
            ),
        ),
    ]
