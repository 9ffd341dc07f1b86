"""`/api/workflows/`: find, make, freeze, simulate."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.services.create_workflow import create_workflow
from catalog.services.edit_metadata import edit_metadata
from catalog.services.freeze_version import freeze_version
from catalog.services.read_workflows import read_workflow, read_workflows
from catalog.services.search_catalog import CatalogQuery, search_catalog
from catalog.services.validate_document import validate_document
from maestro.api.parsers import DOCUMENT_PARSERS
from maestro.api.views.base import PURPOSE, ActorView
from maestro.runtime.services.find_version import document_of

ADDRESS = r"(?:[a-z0-9-]+/)?[a-z0-9-]+"


class WorkflowSummary(serializers.ModelSerializer[WorkflowDefinition]):
    """A workflow in a list."""

    tags = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
    address = serializers.CharField(read_only=True)

    class Meta:
        model = WorkflowDefinition
        fields = [
            "id",
            "slug",
            "address",
            "publisher",
            "title",
            "description",
            "category",
            "risk",
            "owner_team",
            "scope",
            "status",
            "tags",
            "latest_version",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class WorkflowEdit(serializers.Serializer[Any]):
    """The facts that may be edited between versions."""

    title = serializers.CharField(required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    category = serializers.CharField(required=False)
    risk = serializers.CharField(required=False)
    owner_team = serializers.CharField(required=False)
    scope = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)


class WorkflowNew(WorkflowEdit):
    """A workflow without a version yet."""

    slug = serializers.CharField(max_length=63)
    title = serializers.CharField()
    category = serializers.CharField()
    risk = serializers.CharField(default="medium")
    owner_team = serializers.CharField()


class VersionSummary(serializers.ModelSerializer[WorkflowVersion]):
    """A frozen version in a list."""

    class Meta:
        model = WorkflowVersion
        fields = ["id", "version", "digest", "changelog", "frozen_by_name", "created_at"]
        read_only_fields = fields


class VersionDetail(VersionSummary):
    """A frozen version whole: the frozen form, and what was written."""

    class Meta(VersionSummary.Meta):
        fields = [*VersionSummary.Meta.fields, "frozen", "source", "media_type"]
        read_only_fields = fields


class WorkflowViewSet(ActorView, viewsets.GenericViewSet[WorkflowDefinition]):
    """Workflows that the tenant sees: its own, and global ones as `publisher/slug`."""

    queryset = WorkflowDefinition.objects.none()
    serializer_class = WorkflowSummary
    lookup_field = "slug"
    lookup_value_regex = ADDRESS
    filter_backends: list[Any] = []

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="words"),
            *(
                OpenApiParameter(name, str, many=True)
                for name in ("category", "risk", "status", "owner", "tenant", "scope", "tag")
            ),
            OpenApiParameter("sort", str, enum=["best", "updated", "title"]),
        ],
        responses=WorkflowSummary(many=True),
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

    @extend_schema(request=WorkflowNew, responses={201: WorkflowSummary}, parameters=[PURPOSE])
    def create(self, request: Request) -> Response:
        """Make a workflow by its facts; it can be run once a version of it is frozen."""
        asked = WorkflowNew(data=request.data)
        asked.is_valid(raise_exception=True)
        facts = dict(asked.validated_data)
        definition = create_workflow(actor=self.actor, slug=facts.pop("slug"), facts=facts)
        return Response(
            WorkflowSummary(definition).data,
            status=201,
            headers={"Location": f"/api/workflows/{definition.slug}/"},
        )

    @extend_schema(responses=WorkflowSummary)
    def retrieve(self, request: Request, slug: str) -> Response:
        """One workflow, with its parameters' schema and an example that runs as it is."""
        definition = read_workflow(actor=self.actor, address=slug)
        body = dict(WorkflowSummary(definition).data)
        latest = self._versions(definition).filter(version=definition.latest_version).first()
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
        return Response(body)

    @extend_schema(request=WorkflowEdit, responses=WorkflowSummary, parameters=[PURPOSE])
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the facts by which it is found."""
        asked = WorkflowEdit(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        definition = read_workflow(actor=self.actor, address=slug)
        changed = edit_metadata(
            actor=self.actor,
            tenant_id=self.tenant_id,
            definition_id=definition.pk,
            changes=dict(asked.validated_data),
        )
        return Response(WorkflowSummary(changed).data)

    def _versions(self, definition: WorkflowDefinition) -> Any:
        rows = WorkflowVersion.objects.filter(definition=definition)
        return rows.defer("frozen", "source").newest_first()


class VersionViewSet(ActorView, viewsets.GenericViewSet[WorkflowVersion]):
    """The frozen versions of a workflow."""

    queryset = WorkflowVersion.objects.none()
    serializer_class = VersionSummary
    lookup_field = "version"
    lookup_value_regex = r"[0-9A-Za-z.+-]+"
    filter_backends: list[Any] = []

    def get_parsers(self) -> list[Any]:
        """A document as it is written, by its Content-Type."""
        request = getattr(self, "request", None)
        if request is not None and request.method == "POST":
            return [parser() for parser in DOCUMENT_PARSERS]
        return [JSONParser()]

    @extend_schema(responses=VersionSummary(many=True))
    def list(self, request: Request, workflow_slug: str) -> Response:
        """The versions, newest first."""
        definition = read_workflow(actor=self.actor, address=workflow_slug)
        rows = WorkflowVersion.objects.filter(definition=definition).defer("frozen", "source")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(VersionSummary(page, many=True).data)

    @extend_schema(responses=VersionDetail)
    def retrieve(self, request: Request, workflow_slug: str, version: str) -> Response:
        """One version, with its document."""
        definition = read_workflow(actor=self.actor, address=workflow_slug)
        row = get_object_or_404(WorkflowVersion, definition=definition, version=version)
        return Response(VersionDetail(row).data)

    @extend_schema(
        request={"application/yaml": OpenApiTypes.STR, "application/json": OpenApiTypes.OBJECT},
        responses={201: VersionDetail, 200: VersionDetail},
        parameters=[PURPOSE],
    )
    def create(self, request: Request, workflow_slug: str) -> Response:
        """Freeze a document. The same document again is answered 200 and changes nothing."""
        frozen = freeze_version(
            actor=self.actor,
            source=cast(bytes, request.data),
            media_type=(request.content_type or "").partition(";")[0].strip(),
            slug=workflow_slug,
        )
        body = dict(VersionDetail(frozen.version).data)
        body["warnings"] = [warning.as_dict() for warning in frozen.document.warnings]
        return Response(body, status=201 if frozen.created else 200)


class ValidateView(ActorView, viewsets.ViewSet):
    """Validation of a document, without keeping it."""

    parser_classes = DOCUMENT_PARSERS

    @extend_schema(
        request={"application/yaml": OpenApiTypes.STR, "application/json": OpenApiTypes.OBJECT},
        responses=OpenApiTypes.OBJECT,
        parameters=[PURPOSE],
    )
    def create(self, request: Request) -> Response:
        """Every problem at once, with path, line and hint; 200 also when there are some."""
        return Response(
            validate_document(
                actor=self.actor,
                source=cast(bytes, request.data),
                media_type=(request.content_type or "").partition(";")[0].strip(),
            )
        )
