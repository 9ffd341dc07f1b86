from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet
from maestro.tenancy.models.user import User


class ApiToken(TenantModel):
    """A token for the API, of one person in one tenant.

    Only the SHA-256 of the token is kept: it has 256 random bits, so a slow hash would add nothing.
    `prefix` is what people see of it. `scopes` are action names or `resource.*`; none means all
    that its person may do.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    token_digest = models.CharField(max_length=71, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=64), null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"
        indexes = [models.Index(fields=["tenant_id", "user"], name="tokens_of_a_person")]

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"
