"""The catalog in the console."""

from catalog.admin.definition import WorkflowDefinitionAdmin
from catalog.admin.tag import WorkflowTagAdmin
from catalog.admin.template import (
    GroupMemberAdmin,
    PartnerGroupAdmin,
    TemplateAudienceAdmin,
    WorkflowTemplateAdmin,
)
from catalog.admin.version import WorkflowVersionAdmin

__all__ = [
    "GroupMemberAdmin",
    "PartnerGroupAdmin",
    "TemplateAudienceAdmin",
    "WorkflowDefinitionAdmin",
    "WorkflowTagAdmin",
    "WorkflowTemplateAdmin",
    "WorkflowVersionAdmin",
]
