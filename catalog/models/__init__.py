from catalog.models.definition import Category, DefinitionStatus, Risk, Scope, WorkflowDefinition
from catalog.models.tag import WorkflowTag
from catalog.models.version import WorkflowVersion

__all__ = [
    "Category",
    "DefinitionStatus",
    "Risk",
    "Scope",
    "WorkflowDefinition",
    "WorkflowTag",
    "WorkflowVersion",
]
