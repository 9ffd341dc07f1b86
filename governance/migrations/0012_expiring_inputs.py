"""What policy was asked may be taken away again when it is old, by the engine's role alone."""

from django.db import migrations

from maestro.kernel.rls import Expires


class Migration(migrations.Migration):
    dependencies = [("governance", "0010_trusted_keys")]

    operations = [Expires("governance.PolicyInput")]
