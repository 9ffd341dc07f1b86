"""The pages of the catalog, and the schema of what it holds."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalog.document import DOCUMENT_SCHEMA
from catalog.pages.comparing import comparing
from catalog.pages.detail import detail
from catalog.pages.listing import listing
from catalog.pages.searching import page_url
from catalog.services.compare_versions import compare_versions
from catalog.services.read_detail import read_detail
from catalog.services.read_editing import why_not_author
from catalog.services.read_workflows import read_workflows
from catalog.services.search_catalog import CatalogQuery, search_catalog
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_safe
@signed_in
def workflow_list(request: ActorRequest) -> HttpResponse:
    """The catalog: words, filters with counts, pages. With HTMX the results alone."""
    tenant_id, _ = read_workflows(actor=request.actor)
    page = search_catalog(tenant_id=tenant_id, query=CatalogQuery.from_parameters(request.GET))
    if page.query.page > page.pages:
        return HttpResponseRedirect(page_url(request.GET, page.pages))
    why_not = why_not_author(actor=request.actor)
    htmx = getattr(request, "htmx", None)
    partial = htmx and not htmx.boosted and not htmx.history_restore_request
    template = "catalog/_results.html" if partial else "catalog/list.html"
    return render(request, template, listing(page, request.GET) | {"new_why": why_not})


@require_safe
@signed_in
def workflow_detail(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """One workflow, at its latest version or at `?version=`."""
    found = read_detail(
        actor=request.actor,
        address=f"{publisher}/{slug}",
        version=request.GET.get("version", "").replace("\x00", ""),
        versions_below=request.GET.get("versions", "").replace("\x00", ""),
        receipts_below=_id(request.GET.get("receipts", "")),
    )
    return render(request, "catalog/detail.html", detail(found, request.GET))


@require_safe
@signed_in
def version_diff(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """What changed between two versions of a workflow, the latest two unless the query says."""
    found = compare_versions(
        actor=request.actor,
        address=f"{publisher}/{slug}",
        before=request.GET.get("from", "").replace("\x00", ""),
        after=request.GET.get("to", "").replace("\x00", ""),
    )
    return render(request, "catalog/diff.html", comparing(found))


@require_safe
@cache_control(public=True, max_age=3600)
def document_schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a workflow document, for editors: anybody may read it."""
    del request  # it is the same for everybody
    response = JsonResponse(
        cast(dict[str, object], DOCUMENT_SCHEMA),
        content_type="application/schema+json",
        json_dumps_params={"indent": 2},
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
