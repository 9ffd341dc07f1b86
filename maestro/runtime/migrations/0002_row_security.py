"""Executions, their steps and events are their tenant's alone; the engine moves them all."""

from django.db import migrations

from maestro.kernel.rls import AppendOnly, RowSecurity, SameTenant


class Migration(migrations.Migration):
    dependencies = [("runtime", "0001_initial"), ("kernel", "0001_initial")]

    operations = [
        RowSecurity("runtime.Execution", jobs="rw"),
        RowSecurity("runtime.StepRun", jobs="rw"),
        RowSecurity("runtime.ExecutionEvent", app="a", jobs="a"),
        SameTenant("runtime.StepRun", "execution"),
        SameTenant("runtime.ExecutionEvent", "execution"),
        SameTenant("runtime.Execution", "rerun_of"),
        SameTenant("runtime.Execution", "parent_step"),
        AppendOnly("runtime.ExecutionEvent"),
    ]
