"""`/api/executions/`: start, list, follow, cancel, run again, decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.pagination import Numbered, OldestFirst
from maestro.api.renderers import ArchiveRenderer
from maestro.api.views.base import ID, ActorView
from maestro.api.views.execution_shapes import (
    DecisionSerializer,
    EventSerializer,
    ExecutionDetail,
    ExecutionFilter,
    ExecutionSummary,
    RerunSerializer,
    StartSerializer,
    StepSerializer,
)
from maestro.kernel.errors import NotFound
from maestro.runtime.models import Execution
from maestro.runtime.querysets import ExecutionQuerySet
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.decide_step import decide_step
from maestro.runtime.services.read_evidence import read_evidence
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.runtime.services.start_execution import start_execution

LONGEST_KEY = 255
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="The same key with the same request gives the same execution; at most 255"
    " characters. Another request under the key is answered 409.",
)


_whole = ExecutionDetail()


def _shown(execution: Execution) -> dict[str, Any]:
    # Making the serializer takes longer than using it, and showing changes nothing in it.
    return _whole.to_representation(execution)


def idempotency_key(request: Request) -> str | None:
    """The key that came with a request. Raises `ValidationError` for one that can't be kept."""
    key = request.headers.get("Idempotency-Key") or None
    if key is not None and (len(key) > LONGEST_KEY or not key.isprintable()):
        raise serializers.ValidationError(
            {"Idempotency-Key": f"At most {LONGEST_KEY} printable characters."}
        )
    return key


class ExecutionViewSet(
    ActorView,
    mixins.ListModelMixin,
    viewsets.GenericViewSet[Execution],
):
    """Executions of the tenant."""

    audited = frozenset({"evidence"})
    queryset = Execution.objects.none()
    serializer_class = ExecutionSummary
    filterset_class = ExecutionFilter
    lookup_value_regex = ID

    def get_queryset(self) -> ExecutionQuerySet:
        """The tenant's own."""
        if getattr(self, "swagger_fake_view", False):
            return Execution.objects.none()
        return read_executions(actor=self.actor)

    @extend_schema(responses=ExecutionDetail)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One execution, with its parameters, outputs and error."""
        return Response(_shown(self._execution(pk)))

    @extend_schema(
        request=StartSerializer, responses={201: ExecutionDetail}, parameters=[IDEMPOTENCY_KEY]
    )
    def create(self, request: Request) -> Response:
        """Start a workflow."""
        key = idempotency_key(request)
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        started = start_execution(actor=self.actor, idempotency_key=key, **asked.validated_data)
        headers = {"Location": f"/api/executions/{started.execution.pk}/"}
        if not started.created:
            headers["Idempotency-Replayed"] = "true"
        return Response(_shown(started.execution), status=201, headers=headers)

    @extend_schema(request=None, responses=ExecutionDetail)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Ask for it to end. Asking twice is asking once."""
        execution = cancel_execution(actor=self.actor, tenant_id=self.tenant_id, execution_id=pk)
        return Response(_shown(execution))

    @extend_schema(
        request=RerunSerializer, responses={201: ExecutionDetail}, parameters=[IDEMPOTENCY_KEY]
    )
    @action(detail=True, methods=["post"])
    def rerun(self, request: Request, pk: UUID) -> Response:
        """Run it again, as a new execution, keeping what succeeded."""
        key = idempotency_key(request)
        asked = RerunSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        execution = rerun_execution(
            actor=self.actor,
            tenant_id=self.tenant_id,
            execution_id=pk,
            idempotency_key=key,
            **asked.validated_data,
        )
        headers = {"Location": f"/api/executions/{execution.pk}/"}
        return Response(_shown(execution), status=201, headers=headers)

    @extend_schema(responses=StepSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=OldestFirst)
    def steps(self, request: Request, pk: UUID) -> Response:
        """Its steps, in the order in which they came to be."""
        return self._page(self._execution(pk).steps.all(), StepSerializer)

    @extend_schema(
        responses=EventSerializer(many=True),
        parameters=[
            OpenApiParameter("after", OpenApiTypes.INT64, description="events after this id")
        ],
    )
    @action(detail=True, methods=["get"], pagination_class=Numbered)
    def events(self, request: Request, pk: UUID) -> Response:
        """What happened, oldest first."""
        rows = self._execution(pk).events.all()
        after = request.query_params.get("after", "")
        if after:
            try:
                rows = rows.filter(id__gt=Numbered().read_position(after))
            except ValueError:
                raise serializers.ValidationError({"after": "Give the id of an event."}) from None
        return self._page(rows, EventSerializer)

    @extend_schema(responses={(200, ArchiveRenderer.media_type): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], renderer_classes=[ArchiveRenderer, JSONRenderer])
    def evidence(self, request: Request, pk: UUID) -> Response:
        """Its signed evidence, a TAR.GZ that `manage.py verify_manifest` verifies, and cosign."""
        found = read_evidence(actor=self.actor, execution_id=pk)
        headers = {
            "Content-Disposition": f'attachment; filename="evidence-{pk}.tar.gz"',
            "ETag": f'"{found.digest}"',
        }
        return Response(
            bytes(found.content), headers=headers, content_type=ArchiveRenderer.media_type
        )

    @extend_schema(request=DecisionSerializer, responses=ExecutionDetail)
    @action(detail=True, methods=["post"], url_path=r"steps/(?P<step_id>[A-Za-z0-9_-]+)/decide")
    def decide(self, request: Request, pk: UUID, step_id: str) -> Response:
        """Approve or reject what a step waits for."""
        asked = DecisionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        decide_step(
            actor=self.actor,
            tenant_id=self.tenant_id,
            execution_id=pk,
            step_id=step_id,
            **asked.validated_data,
        )
        return Response(_shown(self._execution(pk)))

    def _execution(self, pk: UUID) -> Execution:
        execution = self.get_queryset().filter(pk=pk).first()
        if execution is None:
            raise NotFound("There is no such execution.", hint="Look for it under Executions.")
        return execution

    def _page(self, rows: Any, serializer: type[Any]) -> Response:
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(serializer(page, many=True).data)
