"""Where the pages of a workflow are."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from catalog.models import WorkflowDefinition


def edit_url(definition: WorkflowDefinition, version: str = "") -> str:
    """The page that edits a workflow, from `version` or from its latest."""
    url = reverse("catalog:edit", args=[definition.publisher, definition.slug])
    return f"{url}?{urlencode({'version': version})}" if version else url
