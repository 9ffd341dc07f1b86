from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet


class AuditLink(TenantModel):
    """One record's place in its tenant's audit chain. Append-only.

    `seq` counts from 1 without a gap. `record_digest` is the SHA-256 over the record's content
    (`governance/audit/content.py`), `hash` that over the link with `previous`, the hash of the link
    before (`governance/audit/chain.py`); the first one's is empty. `created_at` says when it was
    linked, which is after the record was written.
    """

    id = None  # type: ignore[assignment] # the record's is its own
    record_id = models.UUIDField(primary_key=True, editable=False)
    record_type = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    verb = models.CharField(max_length=64)
    record_digest = models.CharField(max_length=71)
    previous = models.CharField(max_length=71, blank=True)
    hash = models.CharField(max_length=71)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "audit link"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "seq"], name="one_audit_link_per_place_and_tenant"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"


class AuditDue(models.Model):
    """A record that waits for its place in the audit chain: written by a trigger, in the transaction
    of the record; removed by who links it."""

    record_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    record_type = models.CharField(max_length=64)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "record to be linked"
        verbose_name_plural = "records to be linked"

    def __str__(self) -> str:
        return f"{self.record_type} {str(self.record_id)[-8:]}"
