"""Each table held to its tenant; what is a record, append-only; rights no wider than the work."""

from django.db import migrations

from maestro.kernel.rls import JOBS, AppendOnly, RowSecurity, SameTenant


class Migration(migrations.Migration):
    dependencies = [
        ("governance", "0001_initial"),
        ("kernel", "0001_initial"),
    ]

    operations = [
        RowSecurity("governance.Decision", app="a", jobs="a"),
        AppendOnly("governance.Decision"),
        RowSecurity("governance.Receipt", app="a", jobs="a"),
        AppendOnly("governance.Receipt"),
        RowSecurity("governance.Secret", jobs="r"),
        # The runtime reads secrets, and notes when they were last used: no more.
        migrations.RunSQL(
            f"GRANT UPDATE (last_used_at) ON governance_secret TO {JOBS}",
            f"REVOKE UPDATE (last_used_at) ON governance_secret FROM {JOBS}",
        ),
        RowSecurity("governance.ApprovalRequest", jobs="rw"),
        RowSecurity("governance.ApprovalDecision", app="a", jobs="r"),
        AppendOnly("governance.ApprovalDecision"),
        SameTenant("governance.ApprovalDecision", "request"),
    ]
