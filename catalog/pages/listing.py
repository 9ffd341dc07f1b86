"""The catalog's list: what was found, and the ways to find more or less."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import DefinitionStatus, WorkflowDefinition
from catalog.pages.searching import searching, ways_out
from catalog.services.search_catalog import CatalogPage

_ANY = {
    "category": gettext_lazy("Any category"),
    "risk": gettext_lazy("Any risk"),
    "status": gettext_lazy("Any status"),
    "owner": gettext_lazy("Any owner"),
    "tenant": gettext_lazy("Any tenant"),
    "scope": gettext_lazy("Any scope"),
    "tag": gettext_lazy("Any use case"),
}


def listing(page: CatalogPage, parameters: QueryDict) -> dict[str, Any]:
    """The context of `catalog/list.html` and of `catalog/_results.html`."""
    context = searching(page, parameters, reverse("catalog:list"))
    nothing = context["chips"] and not page.total
    archived = {("status", str(DefinitionStatus.ARCHIVED))}
    return context | {
        "workflows": [_item(workflow) for workflow in page.workflows],
        "ways": list(ways_out(page, parameters, _ANY, _found, archived)) if nothing else (),
    }


def detail_url(workflow: WorkflowDefinition) -> str:
    """The page of a workflow."""
    return reverse("catalog:detail", args=[workflow.publisher, workflow.slug])


def _found(count: int) -> str:
    return ngettext("%(count)s workflow", "%(count)s workflows", count) % {"count": count}


def _item(workflow: WorkflowDefinition) -> dict[str, Any]:
    return {
        "url": detail_url(workflow),
        "title": workflow.title,
        "description": workflow.description,
        "address": workflow.address,
        "version": workflow.latest_version,
        "category": _(workflow.get_category_display()),
        "owner_team": workflow.owner_team,
        "risk": workflow.risk,
        "status": workflow.status,
        "tags": [tag.name for tag in workflow.tags.all()],
        "updated_at": workflow.updated_at,
    }
