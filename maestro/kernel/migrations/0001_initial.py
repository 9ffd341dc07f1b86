from django.db import migrations, models

from maestro.kernel.rls import APP, APPEND_ONLY_FUNCTION, JOBS, PLATFORM, TENANT_FUNCTION, SharedTable


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            f"GRANT USAGE ON SCHEMA public TO {APP}, {JOBS}, {PLATFORM}", migrations.RunSQL.noop
        ),
        migrations.RunSQL(TENANT_FUNCTION, "DROP FUNCTION maestro_tenant()"),
        migrations.RunSQL(APPEND_ONLY_FUNCTION, "DROP FUNCTION maestro_append_only()"),
        migrations.CreateModel(
            name="ClockOffset",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("seconds", models.FloatField()),
            ],
        ),
        SharedTable("kernel.ClockOffset", app="r", jobs="r"),
    ]
