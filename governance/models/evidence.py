from __future__ import annotations

from django.db import models

from governance.querysets import EvidenceQuerySet
from maestro.kernel.models import TenantModel


class EvidenceBundle(TenantModel):
    """The signed evidence of something that has ended, such as an execution. Append-only, one each.

    `content` is the TAR.GZ of `governance.trust.evidence`, `digest` its SHA-256, `key_id` says
    whose signature is on it. Whether it verifies is found out when it is asked.
    """

    subject_type = models.CharField(max_length=64)
    subject_id = models.UUIDField()
    digest = models.CharField(max_length=71)
    size = models.IntegerField()
    key_id = models.CharField(max_length=64)
    content = models.BinaryField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = "evidence bundle"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "subject_type", "subject_id"],
                name="one_evidence_bundle_per_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence of {self.subject_type} {str(self.subject_id)[-8:]}"


class EvidenceDue(models.Model):
    """What has ended and has no evidence yet: written where it ends, removed with its evidence.

    `id` is that of what has ended. What failed is tried again at `next_attempt_at`.
    """

    id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField(editable=False)
    subject_type = models.CharField(max_length=64)
    since = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)

    class Meta:
        verbose_name = "evidence to be made"
        verbose_name_plural = "evidence to be made"
        indexes = [models.Index(fields=["next_attempt_at"], name="evidence_by_attempt")]

    def __str__(self) -> str:
        return f"{self.subject_type} {str(self.id)[-8:]}"
