from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet
from maestro.tenancy.models.user import User


class Role(models.TextChoices):
    """What somebody may do in a tenant; policy says what each means. An installer stands beside the
    others: a viewer who may install from the marketplace and run what is installed."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    AUTHOR = "author", "Author"
    ADMIN = "admin", "Admin"
    INSTALLER = "installer", "Installer"


class Membership(TenantModel):
    """A person in a tenant: roles, teams, and attributes that policy may ask about."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    roles = ArrayField(models.CharField(max_length=16, choices=Role), default=list)
    teams = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "user"], name="one_membership_per_person_and_tenant"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.roles)
