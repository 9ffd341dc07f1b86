from __future__ import annotations

from django.db import models

from maestro.kernel.identity import new_id


class VerifiedPublisher(models.Model):
    """A publisher of whom the platform's people confirmed who they are, and how.

    It is of no tenant: everybody reads it. Taken back it stays, with when and why
    (`revoked_at`, `revoked_reason`); confirmed anew the same row says so.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    publisher = models.CharField(max_length=63, unique=True)
    evidence = models.CharField(max_length=500)
    link = models.CharField(max_length=500, blank=True)
    verified_by = models.UUIDField(null=True)
    verified_by_name = models.CharField(max_length=254)
    verified_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = "verified publisher"

    def __str__(self) -> str:
        return self.publisher
