from catalog.models.definition import Category, DefinitionStatus, Risk, Scope, WorkflowDefinition
from catalog.models.tag import WorkflowTag
from catalog.models.template import (
    GroupMember,
    PartnerGroup,
    Standing,
    TemplateAudience,
    Visibility,
    WorkflowTemplate,
)
from catalog.models.version import WorkflowVersion

__all__ = [
    "Category",
    "DefinitionStatus",
    "GroupMember",
    "PartnerGroup",
    "Risk",
    "Scope",
    "Standing",
    "TemplateAudience",
    "Visibility",
    "WorkflowDefinition",
    "WorkflowTag",
    "WorkflowTemplate",
    "WorkflowVersion",
]
