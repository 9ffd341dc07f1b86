"""What a page of the admin asks of the site: what it must know of apps it may not import."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

from django.http import HttpRequest

from maestro.kernel.actor import Actor


class Site(Protocol):
    """The admin site, as model pages see it."""

    def tenant_slugs(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """The slugs of these tenants, by one query or none."""

    def tenant_choices(self) -> list[tuple[str, str]]:
        """(id, name) of the tenants to choose from, by one query."""

    def purposes(self) -> list[tuple[str, str]]:
        """(name, title) of what an action may be for."""

    def acting(self, request: HttpRequest, tenant_id: UUID, purpose: str) -> Actor:
        """Who acts, in that tenant: with the roles they have there and their roles of the platform."""

    def subject_label(self, subject_type: str) -> str:
        """The model (`app.Model`) of what policy and receipts call by this type, or ""."""
