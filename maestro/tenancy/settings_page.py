"""The pages of a tenant's settings, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

SECTIONS = (
    ("preferences", gettext_lazy("Preferences"), "tenancy:preferences"),
    ("tokens", gettext_lazy("API tokens"), "tenancy:tokens"),
    ("members", gettext_lazy("Members"), "tenancy:members"),
    ("secrets", gettext_lazy("Secrets"), "secrets:list"),
    ("connections", gettext_lazy("Connections"), "connectors:list"),
    ("audit", gettext_lazy("Audit trail"), "tenancy:audit"),
    ("accesses", gettext_lazy("Access"), "tenancy:accesses"),
    ("policies", gettext_lazy("Policies"), "tenancy:policies"),
    ("purposes", gettext_lazy("Purposes"), "tenancy:purposes"),
    ("policy_data", gettext_lazy("Policy data"), "tenancy:policy_data"),
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
    tabs = [(reverse(url), str(label), None, name == section) for name, label, url in SECTIONS]
    return render(request, template, {"settings_tabs": tabs, **context}, status=status)
