from django.db import migrations, models

from maestro.kernel.rls import (
    APP,
    APPEND_ONLY_FUNCTION,
    JOBS,
    PLATFORM,
    TENANT_FUNCTION,
    RowSecurity,
    SharedTable,
)


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
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        SharedTable("kernel.Heartbeat", app="r", jobs="rw"),
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(editable=False)),
                ("kind", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=64)),
                ("data", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("delivered_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at__isnull", True)),
                        fields=["id"],
                        name="events_to_deliver",
                    )
                ],
            },
        ),
        RowSecurity("kernel.OutboxEvent", jobs="rw"),
    ]
