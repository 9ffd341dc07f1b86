"""A start and a step write to fewer indexes, check fewer keys and lock fewer rows.

What a step and an event name is taken from the execution's own row in the engine's statement, so it
is checked only where others write them. The room left in each page lets the many updates of an execution stay in their
page and out of the indexes (PostgreSQL 18 manual, § 66.7: heap-only tuples).
"""

import django.db.models.deletion
from django.db import migrations, models

from maestro.kernel.rls import SameTenant

KEYS = [
    ("runtime_execution", "parent_step_id", "runtime_steprun"),
    ("runtime_executionevent", "execution_id", "runtime_execution"),
    ("runtime_steprun", "execution_id", "runtime_execution"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_row_security"),
        ("runtime", "0003_found_by_status"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="execution", name="executions_newest_first"),
        migrations.AlterField(
            model_name="execution",
            name="definition",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.workflowdefinition",
            ),
        ),
        migrations.AlterField(
            model_name="execution",
            name="version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.workflowversion",
            ),
        ),
        migrations.AlterField(
            model_name="execution",
            name="rerun_of",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reruns",
                to="runtime.execution",
            ),
        ),
        migrations.AddIndex(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("rerun_of__isnull", False)),
                fields=["rerun_of"],
                name="reruns_of_an_execution",
            ),
        ),
        *(
            migrations.RunSQL(
                f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_{column}_same_tenant"',
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{column}_same_tenant"'
                f' FOREIGN KEY (tenant_id, "{column}") REFERENCES "{other}" (tenant_id, id)'
                " DEFERRABLE INITIALLY DEFERRED",
            )
            for table, column, other in KEYS
        ),
        migrations.RunSQL(
            "DROP INDEX runtime_steprun_tenant_and_id",
            "CREATE UNIQUE INDEX runtime_steprun_tenant_and_id ON runtime_steprun (tenant_id, id)",
        ),
        SameTenant("runtime.StepRun", "execution", by_trigger=True),
        SameTenant("runtime.ExecutionEvent", "execution", by_trigger=True),
        SameTenant("runtime.Execution", "parent_step", by_trigger=True),
        migrations.RunSQL(
            "ALTER TABLE runtime_execution SET (fillfactor = 70)",
            "ALTER TABLE runtime_execution RESET (fillfactor)",
        ),
    ]
