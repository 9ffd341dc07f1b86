"""Who sees what of the catalog: a tenant its own rows, everybody the global ones."""

from django.db import migrations

from maestro.kernel.rls import AppendOnly, RowSecurity, SameTenant

OF_A_GLOBAL_WORKFLOW = (
    "EXISTS (SELECT 1 FROM catalog_workflowdefinition d"
    " WHERE d.id = definition_id AND d.scope = 'global')"
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("kernel", "0001_initial")]

    operations = [
        RowSecurity("catalog.WorkflowDefinition", jobs="r", shared_when="scope = 'global'"),
        RowSecurity("catalog.WorkflowVersion", app="a", jobs="r", shared_when=OF_A_GLOBAL_WORKFLOW),
        RowSecurity("catalog.WorkflowTag", shared_when=OF_A_GLOBAL_WORKFLOW),
        SameTenant("catalog.WorkflowVersion", "definition"),
        SameTenant("catalog.WorkflowTag", "definition"),
        AppendOnly("catalog.WorkflowVersion"),
    ]
