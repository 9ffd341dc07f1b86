"""What the audit chain and the secrets need in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0004_policy")]

    operations: list[object] = []
