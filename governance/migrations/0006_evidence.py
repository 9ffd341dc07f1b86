"""What evidence needs in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0005_audit")]

    operations: list[object] = []
