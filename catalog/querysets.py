"""The reads of the catalog, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db.models import Q

from maestro.kernel.models import TenantQuerySet

if TYPE_CHECKING:
    from catalog.models import (  # noqa: F401
        WorkflowDefinition,
        WorkflowTemplate,
        WorkflowVersion,
    )


class DefinitionQuerySet(TenantQuerySet["WorkflowDefinition"]):
    """Workflows."""

    def visible_to(self, tenant_id: UUID) -> Self:
        """What a tenant sees: its own, and what is global."""
        return self.filter(Q(tenant_id=tenant_id) | Q(scope="global"))

    def at_address(self, tenant_id: UUID, address: str) -> Self:
        """By `slug`, the tenant's own, or by `publisher/slug`, anybody's that it sees."""
        publisher, _, slug = address.rpartition("/")
        if publisher:
            return self.visible_to(tenant_id).filter(publisher=publisher, slug=slug)
        return self.for_tenant(tenant_id).filter(slug=slug)


class VersionQuerySet(TenantQuerySet["WorkflowVersion"]):
    """Frozen documents."""

    def of(self, definition: WorkflowDefinition) -> Self:
        """Those of one workflow."""
        return self.filter(definition=definition)

    def numbered(self, version: str) -> Self:
        """The one of this number."""
        return self.filter(version=version)

    def without_documents(self) -> Self:
        """Without what was written and frozen, which may be a megabyte each."""
        return self.defer("frozen", "source")

    def newest_first(self) -> Self:
        """In the order of their versions, releases above pre-releases."""
        return self.order_by("-order", "-created_at")

    def below(self, place: VersionQuerySet) -> Self:
        """Those that come after the one of `place` in `newest_first`; all, if `place` has none."""
        key = place.values_list("order", "created_at").first()
        if key is None:
            return self
        order, created_at = key
        return self.filter(Q(order__lt=order) | Q(order=order, created_at__lt=created_at))


class TemplateQuerySet(TenantQuerySet["WorkflowTemplate"]):
    """Templates."""

    def visible_to(self, tenant_id: UUID) -> Self:
        """What a tenant finds: its own, everybody's, and those that name it."""
        audience: Any = self.model._meta.get_field("audience").related_model
        # By key: a tenant that is named twice, by itself and by a group, sees it once.
        naming = audience.objects.filter(member_id=tenant_id).values("template")
        named = Q(visibility="partner-curated", pk__in=naming)
        others = ~Q(standing="unlisted") & (Q(visibility="public-ecosystem") | named)
        return self.filter(Q(tenant_id=tenant_id) | others)

    def at_address(self, tenant_id: UUID, publisher: str, slug: str) -> Self:
        """The one at `publisher/slug`, if the tenant sees it."""
        return self.visible_to(tenant_id).filter(publisher=publisher, slug=slug)
