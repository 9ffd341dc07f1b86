from __future__ import annotations

from typing import ClassVar

from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet


class PolicyInput(TenantModel):
    """What policy was asked, kept once however often it was asked. Append-only; `expire_inputs`
    deletes what is old.

    `content` is the RFC 8785 bytes of the policy input, `digest` their SHA-256, by which decisions
    name it. Bytes and not `jsonb`, which takes no U+0000 and writes numbers its own way: a refusal
    of nonsense is kept too, and whoever doubts a row can hash it.
    """

    written_once: ClassVar[bool] = True

    digest = models.CharField(max_length=71)
    content = models.BinaryField()

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "policy input"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "digest"], name="one_policy_input_per_digest"
            ),
        ]

    def __str__(self) -> str:
        return self.digest
