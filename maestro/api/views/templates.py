"""`/api/templates/` and `/api/releases/`: what a tenant finds in the marketplace."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance.trust.dsse import EnvelopeRefused
from maestro.api.views.base import ActorView
from maestro.api.views.template_shapes import (
    AdoptionPageSerializer,
    MarketplacePageSerializer,
    ReleaseDetail,
    TemplateDetail,
    listed_template,
    whole_release,
    whole_template,
)
from maestro.api.views.upgrades import Proposing
from maestro.kernel.errors import InvalidInput, Problem
from marketplace.services.read_adoptions import read_adoptions
from marketplace.services.read_release import ReleasePage, envelope_of_release, read_release
from marketplace.services.search_marketplace import (
    FACETS,
    SORTS,
    MarketplaceQuery,
    search_marketplace,
)
from marketplace.views.reading import id_in

TEMPLATE = r"[a-z0-9-]+/[a-z0-9-]+"


class FoundTemplates(Proposing, ActorView, viewsets.ViewSet):
    """Templates that the tenant finds: its own, everybody's, and those that name it."""

    lookup_field = "address"
    lookup_value_regex = TEMPLATE

    @extend_schema(
        operation_id="templates_list",
        parameters=[
            OpenApiParameter("q", str, description="words"),
            *(OpenApiParameter(name, str, many=True) for name in FACETS),
            OpenApiParameter("sort", str, enum=list(SORTS)),
            OpenApiParameter("page", int),
        ],
        responses={200: MarketplacePageSerializer},
    )
    def list(self, request: Request) -> Response:
        """Find templates by words and facts; a page at a time, with counts of each fact."""
        query = MarketplaceQuery.from_parameters(request.query_params)
        page = search_marketplace(actor=self.actor, query=query)
        return Response(
            {
                "count": page.total,
                "page": query.page,
                "pages": page.pages,
                "results": [listed_template(each) for each in page.templates],
                "facets": {
                    facet.name: [
                        {"value": value.value, "label": value.label, "count": value.count}
                        for value in facet.values
                    ]
                    for facet in page.facets
                },
            }
        )

    @extend_schema(responses=TemplateDetail)
    def retrieve(self, request: Request, address: str) -> Response:
        """One template, with its latest release and the numbers of all others."""
        publisher, _, slug = address.partition("/")
        return Response(
            whole_template(read_release(actor=self.actor, publisher=publisher, slug=slug))
        )

    @extend_schema(
        parameters=[
            OpenApiParameter("number", str, description="of one version only"),
            OpenApiParameter("below", str, description="`next` of the page before"),
        ],
        responses=AdoptionPageSerializer,
    )
    @action(detail=True, methods=["get"], url_path="adoptions")
    def adoptions(self, request: Request, address: str) -> Response:
        """Which tenants are on which version, for the publisher alone; the newest first."""
        publisher, _, slug = address.partition("/")
        below = request.query_params.get("below", "")
        wanted = id_in(below)
        if below and wanted is None:
            problem = Problem("/below", "Give the `next` of the page before.", "not_an_id")
            raise InvalidInput("This is no place in the list.", problems=[problem])
        found = read_adoptions(
            actor=self.actor,
            publisher=publisher,
            slug=slug,
            below=wanted,
            number=request.query_params.get("number", "").replace("\x00", ""),
        )
        return Response(
            {
                "by_number": dict(found.by_number),
                "results": [
                    {
                        "tenant": each.installer_slug,
                        "number": each.number,
                        "channel": each.channel,
                        "status": each.status,
                        "since": each.since,
                    }
                    for each in found.rows
                ],
                "next": found.following,
            }
        )


class FoundReleases(ActorView, viewsets.ViewSet):
    """One release of a template that the tenant finds."""

    lookup_field = "number"
    lookup_value_regex = r"[0-9][0-9A-Za-z.+-]*"

    @extend_schema(responses=ReleaseDetail)
    def retrieve(self, request: Request, address: str, number: str) -> Response:
        """The release, what was signed of it, and whether that verifies now."""
        publisher, _, slug = address.partition("/")
        found = read_release(actor=self.actor, publisher=publisher, slug=slug, number=number)
        return Response(whole_release(found) | {"attestation": _envelope(found)})


def _envelope(found: ReleasePage) -> dict[str, Any] | None:
    try:
        return envelope_of_release(found.release).as_dict()
    except EnvelopeRefused:
        return None
