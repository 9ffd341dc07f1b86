"""Whoever reads the key of a session can be whose it is: no list of the admin needs it."""

from django.db import migrations

from maestro.kernel.rls import PLATFORM


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_identity")]

    operations = [
        migrations.RunSQL(
            f"REVOKE ALL ON django_session FROM {PLATFORM}",
            f"GRANT SELECT ON django_session TO {PLATFORM}",
        ),
    ]
