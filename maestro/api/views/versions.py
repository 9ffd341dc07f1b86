"""`/api/workflows/{slug}/versions/` and `/api/validate/`: documents, frozen or only looked at."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import WorkflowVersion
from catalog.services.compare_versions import compare_versions, judge
from catalog.services.freeze_version import freeze_version
from catalog.services.read_document import frozen_document
from catalog.services.read_workflows import read_workflow
from catalog.services.validate_document import validate_document
from maestro.api.parsers import DOCUMENT_PARSERS
from maestro.api.views.base import ActorView
from maestro.api.views.version_shapes import VersionChanges, changes_of
from maestro.api.views.workflow_shapes import DOCUMENT_BODY, VersionDetail, VersionSummary
from maestro.api.views.workflows import media_type_of, source_of
from maestro.kernel.errors import NotFound


class VersionViewSet(ActorView, viewsets.GenericViewSet[WorkflowVersion]):
    """The frozen versions of a workflow."""

    queryset = WorkflowVersion.objects.none()
    serializer_class = VersionSummary
    parser_classes = DOCUMENT_PARSERS
    lookup_field = "version"
    lookup_value_regex = r"[0-9A-Za-z.+-]+"
    filter_backends: list[Any] = []

    @extend_schema(responses=VersionSummary(many=True))
    def list(self, request: Request, workflow_slug: str) -> Response:
        """The versions, newest first."""
        definition = read_workflow(actor=self.actor, address=workflow_slug)
        page = self.paginate_queryset(WorkflowVersion.objects.of(definition).without_documents())
        return self.get_paginated_response(VersionSummary(page, many=True).data)

    @extend_schema(responses=VersionDetail)
    def retrieve(self, request: Request, workflow_slug: str, version: str) -> Response:
        """One version, with its document."""
        definition = read_workflow(actor=self.actor, address=workflow_slug)
        row = WorkflowVersion.objects.of(definition).numbered(version).first()
        if row is None:
            raise NotFound(
                f"{definition.title} has no version {version}.",
                hint=f"Its latest is {definition.latest_version}."
                if definition.latest_version
                else "Freeze one first.",
            )
        return Response(VersionDetail(row).data)

    @extend_schema(
        operation_id="version_diff",
        parameters=[OpenApiParameter("from", str, description="the version to compare with")],
        responses=VersionChanges,
    )
    @action(detail=True, methods=["get"])
    def diff(self, request: Request, workflow_slug: str, version: str) -> Response:
        """What the version changes against `from`, or against the one below it, and what it reaches."""
        compared = compare_versions(
            actor=self.actor,
            address=workflow_slug,
            before=request.query_params.get("from", "").replace("\x00", ""),
            after=version,
        )
        before, after = frozen_document(compared.before), frozen_document(compared.after)
        return Response(VersionChanges(changes_of(before, after, judge(before, after))).data)

    @extend_schema(request=DOCUMENT_BODY, responses={201: VersionDetail, 200: VersionDetail})
    def create(self, request: Request, workflow_slug: str) -> Response:
        """Freeze a document. The same document again is answered 200 and changes nothing."""
        publisher, _, slug = workflow_slug.rpartition("/")
        if publisher and publisher != self.actor.tenant_slug:
            raise NotFound(
                "A version is frozen by the tenant that owns the workflow.",
                hint="Freeze the document as a workflow of your own.",
            )
        frozen = freeze_version(
            actor=self.actor,
            source=source_of(request),
            media_type=media_type_of(request),
            slug=slug,
        )
        body = dict(VersionDetail(frozen.version).data)
        body["warnings"] = [warning.as_dict() for warning in frozen.document.warnings]
        return Response(
            body,
            status=201 if frozen.created else 200,
            headers={"Location": f"/api/workflows/{slug}/versions/{frozen.version.version}/"},
        )


class ValidateView(ActorView, viewsets.ViewSet):
    """Validation of a document, without keeping it."""

    parser_classes = DOCUMENT_PARSERS

    @extend_schema(request=DOCUMENT_BODY, responses={200: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Response:
        """Every problem at once, with path, line and hint; 200 also when there are some."""
        return Response(
            validate_document(
                actor=self.actor, source=source_of(request), media_type=media_type_of(request)
            )
        )
