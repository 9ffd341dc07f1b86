"""The catalog in the console."""

from catalog.admin.definition import WorkflowDefinitionAdmin
from catalog.admin.tag import WorkflowTagAdmin
from catalog.admin.version import WorkflowVersionAdmin

__all__ = ["WorkflowDefinitionAdmin", "WorkflowTagAdmin", "WorkflowVersionAdmin"]
