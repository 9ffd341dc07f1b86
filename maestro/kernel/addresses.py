"""Addresses of pages for who reads them outside of Maestro, such as in a mail."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse


def public_address(view: str, **arguments: Any) -> str:
    """The whole address of a page, by the site's own and never by what a request says its host is."""
    return f"{settings.PUBLIC_URL}{reverse(view, kwargs=arguments)}"


def public_address_in(tenant_slug: str, path: str) -> str:
    """The whole address of a tenant's page, by its path here: who acts in another tenant of theirs
    when they open it is asked to go on in this one."""
    return f"{public_address('tenancy:in', tenant_slug=tenant_slug)}?next={quote(path)}"
