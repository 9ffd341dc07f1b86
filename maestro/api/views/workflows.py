"""`/api/workflows/`: find and make workflows, change the facts by which they are found."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.services.create_workflow import create_workflow
from catalog.services.edit_metadata import edit_metadata
from catalog.services.freeze_version import freeze_version
from catalog.services.read_document import document_of
from catalog.services.read_workflows import read_workflow, read_workflows
from catalog.services.search_catalog import CatalogQuery, search_catalog
from maestro.api.parsers import DOCUMENT_PARSERS, JsonBody, NotJson, read_json
from maestro.api.views.base import ActorView
from maestro.api.views.workflow_shapes import (
    CatalogPageSerializer,
    WorkflowDetail,
    WorkflowEdit,
    WorkflowNew,
    WorkflowSummary,
)

ADDRESS = r"(?:[a-z0-9-]+/)?[a-z0-9-]+"
_DOCUMENT_KEYS = frozenset({"apiVersion", "kind", "metadata", "steps"})


def media_type_of(request: Request) -> str:
    """The Content-Type without its parameters."""
    return (request.content_type or "").partition(";")[0].strip().lower()


def source_of(request: Request) -> bytes:
    """The document that was sent, as it was written."""
    sent: Any = request.data  # nothing at all is parsed as an empty object
    return sent if isinstance(sent, bytes) else b""


class WorkflowViewSet(ActorView, viewsets.GenericViewSet[WorkflowDefinition]):
    """Workflows that the tenant sees: its own by `slug`, global ones as `publisher/slug`."""

    queryset = WorkflowDefinition.objects.none()
    serializer_class = WorkflowSummary
    lookup_field = "slug"
    lookup_value_regex = ADDRESS
    filter_backends: list[Any] = []
    pagination_class = None

    def get_parsers(self) -> list[Any]:
        """A new workflow may come as a document; its facts are JSON."""
        request = getattr(self, "request", None)
        if request is not None and request.method == "POST":
            return [parser() for parser in DOCUMENT_PARSERS]
        return [JsonBody()]

    @extend_schema(
        operation_id="workflows_list",
        parameters=[
            OpenApiParameter("q", str, description="words"),
            *(
                OpenApiParameter(name, str, many=True)
                for name in ("category", "risk", "status", "owner", "tenant", "scope", "tag")
            ),
            OpenApiParameter("sort", str, enum=["best", "updated", "title"]),
            OpenApiParameter("page", int),
        ],
        responses={200: CatalogPageSerializer},
    )
    def list(self, request: Request) -> Response:
        """Find workflows by words and facts; a page at a time, with counts of each fact."""
        tenant_id, _ = read_workflows(actor=self.actor)
        query = CatalogQuery.from_parameters(request.query_params)
        page = search_catalog(tenant_id=tenant_id, query=query)
        return Response(
            {
                "count": page.total,
                "page": query.page,
                "pages": page.pages,
                "results": WorkflowSummary(page.workflows, many=True).data,
                "facets": {
                    facet.name: [
                        {"value": value.value, "label": value.label, "count": value.count}
                        for value in facet.values
                    ]
                    for facet in page.facets
                },
            }
        )

    @extend_schema(
        request={"application/json": WorkflowNew, "application/yaml": str},
        responses={201: WorkflowDetail, 200: WorkflowDetail},
    )
    def create(self, request: Request) -> Response:
        """Make a workflow: by its facts, as a draft, or by a document, with its first version.

        A document is told by its Content-Type, or, in JSON, by its `apiVersion` or `kind`.
        """
        source, media_type = source_of(request), media_type_of(request)
        facts = _object(source) if media_type == JsonBody.media_type else None
        if facts is None or not _DOCUMENT_KEYS.isdisjoint(facts):
            frozen = freeze_version(actor=self.actor, source=source, media_type=media_type)
            definition, created = frozen.version.definition, frozen.created
        else:
            slug = facts.pop("slug", "")
            facts.setdefault("risk", "medium")
            definition = create_workflow(
                actor=self.actor, slug=slug if isinstance(slug, str) else "", facts=facts
            )
            created = True
        return Response(
            _whole(definition),
            status=201 if created else 200,
            headers={"Location": f"/api/workflows/{definition.slug}/"},
        )

    @extend_schema(responses=WorkflowDetail)
    def retrieve(self, request: Request, slug: str) -> Response:
        """One workflow, with its parameters' schema and an example that runs as it is."""
        return Response(_whole(read_workflow(actor=self.actor, address=slug)))

    @extend_schema(request=WorkflowEdit, responses=WorkflowDetail)
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the facts by which it is found. Each change leaves a receipt."""
        if not isinstance(request.data, dict):
            raise NotJson("Send an object of the facts to change.")
        definition = read_workflow(actor=self.actor, address=slug)
        changed = edit_metadata(
            actor=self.actor,
            tenant_id=self.tenant_id,
            definition_id=definition.pk,
            changes=request.data,
        )
        return Response(_whole(changed))


def _object(source: bytes) -> dict[str, Any]:
    value = read_json(source)
    if not isinstance(value, dict):
        raise NotJson("Send an object: a workflow's facts, or a document.")
    return value


def _whole(definition: WorkflowDefinition) -> dict[str, Any]:
    body = dict(WorkflowSummary(definition).data)
    latest = (
        WorkflowVersion.objects.of(definition)
        .numbered(definition.latest_version)
        .without_documents()
        .first()
        if definition.latest_version
        else None
    )
    if latest is not None:
        document = document_of(latest)
        body |= {
            "digest": latest.digest,
            "changelog": latest.changelog,
            "parameters": document.parameters,
            "secrets": document.frozen["secrets"],
            "endpoints": document.frozen["endpoints"],
            "example_parameters": document.examples[0].parameters if document.examples else {},
        }
    return body
