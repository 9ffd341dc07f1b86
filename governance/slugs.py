"""The name that a tenant goes by. Governance has no tenants: it asks whoever keeps them."""

from __future__ import annotations

from uuid import UUID

from django.apps import apps

from maestro.kernel.errors import NotFound


def id_of(slug: str, using: str) -> UUID:
    """The id of the tenant that is called so. Raises `NotFound`."""
    tenants = apps.get_model("tenancy.Tenant")._default_manager.using(using)
    tenant_id: UUID | None = tenants.filter(slug=slug).values_list("pk", flat=True).first()
    if tenant_id is None:
        raise NotFound(f"There is no tenant called {slug}.")
    return tenant_id


def slug_of(tenant_id: UUID, using: str) -> str:
    """A tenant's slug. Raises `NotFound`."""
    tenants = apps.get_model("tenancy.Tenant")._default_manager.using(using)
    slug: str | None = tenants.filter(pk=tenant_id).values_list("slug", flat=True).first()
    if slug is None:
        raise NotFound("There is no such tenant.")
    return slug
