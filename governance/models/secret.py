from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet


class Secret(TenantModel):
    """A secret of a tenant: written, never read again but by the runtime.

    The value is sealed with AES-256-GCM under a data key of its own, which is wrapped by the
    key-encryption key `key_id` (see `governance/sealing.py`). `version` goes up by one with each
    new value and is part of what the seal covers, as are tenant and name.

    With another `source` than the database nothing is sealed here: the value is read from there,
    under `reference`, at each call that needs it (`governance/secrets/sources.py`).
    """

    name = models.CharField(max_length=63)
    description = models.CharField(max_length=200, blank=True)
    ciphertext = models.BinaryField()
    nonce = models.BinaryField()
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=64)
    source = models.CharField(max_length=16, default="database")
    reference = models.CharField(max_length=200, blank=True)
    version = models.IntegerField()
    created_by = models.UUIDField(null=True)
    updated_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "name"], name="one_secret_per_name_and_tenant"
            ),
            models.CheckConstraint(
                name="secret_is_sealed_or_kept_elsewhere",
                condition=models.Q(source="database", reference="")
                | (~models.Q(source="database") & ~models.Q(reference="") & models.Q(key_id="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
