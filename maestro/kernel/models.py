"""The base of every tenant's row, and the kernel's only table."""

from __future__ import annotations

from typing import Self, TypeVar
from uuid import UUID

from django.db import models

from maestro.kernel.identity import new_id


_Row = TypeVar("_Row", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[_Row]):
    """Reads that every tenant table has."""

    def for_tenant(self, tenant_id: UUID) -> Self:
        """The rows that belong to `tenant_id`."""
        return self.filter(tenant_id=tenant_id)


class TenantModel(models.Model):
    """A row that belongs to one tenant.

    The tenant is a value, not a foreign key: governance and the kernel know tenants as ids, and a
    key check on every inserted step would lock the tenant's row for nothing. Row-level security
    (`kernel.rls.RowSecurity`) holds the row to its tenant, `kernel.rls.SameTenant` its references.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class ClockOffset(models.Model):
    """How far the clock is moved, in seconds, for every process; read only in tests."""

    id = models.SmallIntegerField(primary_key=True)
    seconds = models.FloatField()
