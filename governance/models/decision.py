from __future__ import annotations

from django.db import models

from governance.querysets import DecisionQuerySet
from maestro.kernel.errors import Reason
from maestro.kernel.models import TenantModel


class Decision(TenantModel):
    """One answer of policy, as it was given: append-only, held so by a trigger.

    The actor is kept as values, so that it reads the same when the person is renamed or gone.
    `input_digest` is the SHA-256 over the RFC 8785 bytes of the policy input, `revision` names the
    policies, `latency_us` is what deciding took in microseconds.
    """

    created_at = None  # type: ignore[assignment] # decided_at says when
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    token_id = models.UUIDField(null=True)
    action = models.CharField(max_length=64)
    resource_type = models.CharField(max_length=64)
    resource_id = models.CharField(max_length=255, blank=True)
    allow = models.BooleanField()
    reasons = models.JSONField(default=list)
    obligations = models.JSONField(default=list)
    purpose = models.CharField(max_length=64, blank=True)
    channel = models.CharField(max_length=12)
    revision = models.CharField(max_length=64, blank=True)
    input_digest = models.CharField(max_length=71)
    latency_us = models.IntegerField()
    request_id = models.CharField(max_length=128, blank=True)
    decided_at = models.DateTimeField()

    asked = b""
    """The input itself, of a decision that was just made; `PolicyInput` keeps it."""

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = "policy decision"
        indexes = [
            models.Index(fields=["tenant_id", "-id"], name="decisions_newest_first"),
            models.Index(
                fields=["tenant_id", "resource_type", "resource_id", "-id"],
                name="decisions_on_a_resource",
            ),
            models.Index(fields=["tenant_id", "action", "-id"], name="decisions_of_an_action"),
            models.Index(fields=["tenant_id", "purpose", "-id"], name="decisions_for_a_purpose"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {'allowed' if self.allow else 'denied'}"

    @property
    def why(self) -> tuple[Reason, ...]:
        """The reasons of a refusal, as values."""
        return tuple(Reason(**reason) for reason in self.reasons)
