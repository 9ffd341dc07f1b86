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


class Heartbeat(models.Model):
    """When a part of Maestro was last heard from, such as a worker."""

    name = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()


class OutboxEvent(models.Model):
    """Something that others may want to hear of, written in the transaction in which it happened.

    Whoever delivers events reads them in the order of `id` and marks them (`delivered_at`); nothing
    does so yet. `told_at` is another mark: the job that mails people has looked at the event.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="events_to_deliver",
                condition=models.Q(delivered_at__isnull=True),
            ),
            # The many of executions are told to nobody (`kernel.outbox`), so they are not in it.
            models.Index(
                fields=["id"],
                name="events_to_tell",
                condition=models.Q(told_at__isnull=True) & ~models.Q(kind__startswith="execution."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
