from __future__ import annotations

from django.db import models

from maestro.kernel.identity import new_id


class TrustedKey(models.Model):
    """A publisher's public key, elsewhere than here, whose releases may be imported and run.

    The platform's. Each key counts for its publisher alone, from when it was added until it is
    revoked (`revoked_at`); from then on what only it has signed runs no more. `holder_id` is the
    tenant in which the publisher's imported workflows are kept.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    publisher = models.CharField(max_length=63)
    holder_id = models.UUIDField()
    key_id = models.CharField(max_length=64)
    pem = models.TextField()
    added_at = models.DateTimeField()
    added_by = models.UUIDField(null=True)
    added_by_name = models.CharField(max_length=254)
    revoked_at = models.DateTimeField(null=True)
    revoked_by_name = models.CharField(max_length=254, blank=True)

    class Meta:
        verbose_name = "trusted key"
        constraints = [
            models.UniqueConstraint(
                fields=["publisher", "key_id"],
                condition=models.Q(revoked_at=None),
                name="one_trusted_key_per_publisher",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publisher} {self.key_id[:12]}"
