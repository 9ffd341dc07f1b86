"""The pages of a tenant's settings, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

SECTIONS = (
    ("preferences", "Preferences", "tenancy:preferences"),
    ("tokens", "API tokens", "tenancy:tokens"),
    ("members", "Members", "tenancy:members"),
    ("secrets", "Secrets", "secrets:list"),
    ("connections", "Connections", "connectors:list"),
    ("audit", "Audit trail", "tenancy:audit"),
    ("policies", "Policies", "tenancy:policies"),
)


def settings_page(
    request: HttpRequest,
    template: str,
    section: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """A page of the settings, with the tabs to the others."""
    tabs = [(reverse(url), label, None, name == section) for name, label, url in SECTIONS]
    return render(request, template, {"settings_tabs": tabs, **context}, status=status)
