from __future__ import annotations

from django.db import models

from governance.querysets import ReceiptQuerySet
from maestro.kernel.models import TenantModel


class Receipt(TenantModel):
    """Proof that something was done: a signed in-toto Statement v1. Append-only.

    `digest` is the SHA-256 over the RFC 8785 bytes of `statement`, `signatures` are those of its
    DSSE envelope (`keyid` and `sig`, base64). Whether they verify is found out when it is asked.
    """

    kind = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=255)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    purpose = models.CharField(max_length=64, blank=True)
    statement = models.JSONField()
    digest = models.CharField(max_length=71)
    decision_id = models.UUIDField(null=True)
    signatures = models.JSONField(default=list)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="receipts_newest_first"),
            models.Index(
                fields=["tenant_id", "subject_type", "subject_id", "-id"],
                name="receipts_of_a_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"
