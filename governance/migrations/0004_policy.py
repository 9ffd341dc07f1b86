"""What policy needs in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("governance", "0003_signed_receipts")]

    operations: list[object] = []
