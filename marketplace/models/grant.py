from __future__ import annotations

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from catalog.models import WorkflowTemplate
from maestro.kernel.models import TenantModel

REVIEW_TEMPLATE, APPROVE_TEMPLATE = "review_template", "approve_template"


class TemplateUserObjectPermission(UserObjectPermissionBase, TenantModel):
    """That one person may review, or approve, this one template: an object permission of
    django-guardian with a foreign key of its own. A row of the template's publisher.

    It stands in for a role of the platform and for nothing else: nobody decides on their own by it.
    Given by the platform's admins, who alone may write people's rights.
    """

    content_object = models.ForeignKey(
        WorkflowTemplate, on_delete=models.CASCADE, related_name="people", db_constraint=False
    )
    granted_by_name = models.CharField(max_length=254)

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = "grant on a template"
        verbose_name_plural = "grants on templates"

    def __str__(self) -> str:
        return f"{self.permission.name}: {self.user_id}"


class TemplateGroupObjectPermission(GroupObjectPermissionBase, TenantModel):
    """That the people of one group may review, or approve, this one template: as above, for whoever
    is in the group at the moment when policy is asked. A row of the template's publisher.
    """

    content_object = models.ForeignKey(
        WorkflowTemplate, on_delete=models.CASCADE, related_name="groups", db_constraint=False
    )
    granted_by_name = models.CharField(max_length=254)

    class Meta(GroupObjectPermissionBase.Meta):
        verbose_name = "grant to a group"
        verbose_name_plural = "grants to groups"

    def __str__(self) -> str:
        return f"{self.permission.name}: {self.group}"
