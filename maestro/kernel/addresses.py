"""Addresses of pages for who reads them outside of Maestro, such as in a mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse


def public_address(view: str, **arguments: Any) -> str:
    """The whole address of a page, by the site's own and never by what a request says its host is."""
    return f"{settings.PUBLIC_URL}{reverse(view, kwargs=arguments)}"
