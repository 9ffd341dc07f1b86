"""A tenant's connections: where a kind of connector reaches, and as whom."""

from __future__ import annotations

from django.db import models

from maestro.kernel.models import TenantModel, TenantQuerySet


class Connection(TenantModel):
    """How a tenant reaches one outside service, such as its mail server.

    `config` holds no secret: a value of the form `{"secret": NAME}` names a stored one, which is
    bound when the call is made.
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=63, default="default")
    config = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "kind", "name"], name="one_connection_of_a_name_and_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
