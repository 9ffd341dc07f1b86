"""`/api/executions/`: start, list, follow, cancel, run again, decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.views.base import PURPOSE, ActorView
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.runtime.querysets import ExecutionQuerySet
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.decide_step import decide_step
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.runtime.services.start_execution import start_execution
from maestro.runtime.states import ExecutionStatus


class ExecutionSummary(serializers.ModelSerializer[Execution]):
    """An execution in a list."""

    version = serializers.CharField(source="version_number", read_only=True)
    digest = serializers.CharField(source="version_digest", read_only=True)

    class Meta:
        model = Execution
        fields = [
            "id",
            "workflow",
            "title",
            "version",
            "digest",
            "status",
            "risk",
            "purpose",
            "trigger",
            "started_by",
            "started_by_name",
            "rerun_of",
            "created_at",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class ExecutionDetail(ExecutionSummary):
    """One execution whole."""

    class Meta(ExecutionSummary.Meta):
        fields = [
            *ExecutionSummary.Meta.fields,
            "revision",
            "parameters",
            "endpoints",
            "secrets",
            "obligations",
            "outputs",
            "error",
            "decision_id",
            "cancel_requested_at",
            "cancelled_by_name",
        ]
        read_only_fields = fields


class StepSerializer(serializers.ModelSerializer[StepRun]):
    """A step, or one item of a step that runs for each of many (`item_index` from 0)."""

    class Meta:
        model = StepRun
        fields = [
            "step_id",
            "item_index",
            "task",
            "status",
            "attempt",
            "takeovers",
            "waiting_for",
            "next_attempt_at",
            "input",
            "output",
            "output_digest",
            "output_size",
            "error",
            "log",
            "related_id",
            "started_at",
            "finished_at",
        ]
        read_only_fields = fields


class EventSerializer(serializers.ModelSerializer[ExecutionEvent]):
    """Something that happened; `id` goes up."""

    class Meta:
        model = ExecutionEvent
        fields = ["id", "kind", "step_id", "item_index", "at", "data"]
        read_only_fields = fields


class StartSerializer(serializers.Serializer[Any]):
    """What to run, with what."""

    workflow = serializers.CharField(max_length=127, help_text="slug, or publisher/slug")
    version = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    parameters = serializers.DictField(required=False, default=dict)
    secrets = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    endpoints = serializers.DictField(child=serializers.CharField(), required=False, default=dict)


class RerunSerializer(serializers.Serializer[Any]):
    """From where to run again; by default from what did not succeed."""

    from_step = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    everything = serializers.BooleanField(required=False, default=False)


class DecisionSerializer(serializers.Serializer[Any]):
    """Yes or no, and why."""

    approve = serializers.BooleanField()
    rationale = serializers.CharField(max_length=2000)
    item_index = serializers.IntegerField(required=False, default=-1)


class ExecutionFilter(django_filters.FilterSet):
    """Which executions."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(status.value, status.value) for status in ExecutionStatus]
    )
    workflow = django_filters.CharFilter(field_name="workflow")
    purpose = django_filters.CharFilter(field_name="purpose")
    started_by = django_filters.UUIDFilter(field_name="started_by")
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Execution
        fields: list[str] = []


class ExecutionViewSet(
    ActorView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Execution],
):
    """Executions of the tenant."""

    queryset = Execution.objects.none()
    serializer_class = ExecutionSummary
    filterset_class = ExecutionFilter
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> ExecutionQuerySet:
        """The tenant's own."""
        if getattr(self, "swagger_fake_view", False):
            return Execution.objects.none()
        return read_executions(actor=self.actor)

    @extend_schema(responses=ExecutionDetail)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One execution, with its parameters, outputs and error."""
        return Response(ExecutionDetail(self.get_object()).data)

    @extend_schema(
        request=StartSerializer,
        responses={201: ExecutionDetail},
        parameters=[
            PURPOSE,
            OpenApiParameter(
                "Idempotency-Key",
                str,
                OpenApiParameter.HEADER,
                description="The same key with the same request gives the same execution.",
            ),
        ],
    )
    def create(self, request: Request) -> Response:
        """Start a workflow."""
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key") or None
        if key is not None and len(key) > 255:
            raise serializers.ValidationError({"Idempotency-Key": "At most 255 characters."})
        started = start_execution(actor=self.actor, idempotency_key=key, **asked.validated_data)
        headers = {"Location": f"/api/executions/{started.execution.pk}/"}
        if not started.created:
            headers["Idempotency-Replayed"] = "true"
        return Response(ExecutionDetail(started.execution).data, status=201, headers=headers)

    @extend_schema(request=None, responses=ExecutionDetail, parameters=[PURPOSE])
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Ask for it to end. Asking twice is asking once."""
        execution = cancel_execution(actor=self.actor, tenant_id=self.tenant_id, execution_id=pk)
        return Response(ExecutionDetail(execution).data)

    @extend_schema(request=RerunSerializer, responses={201: ExecutionDetail}, parameters=[PURPOSE])
    @action(detail=True, methods=["post"])
    def rerun(self, request: Request, pk: UUID) -> Response:
        """Run it again, as a new execution, keeping what succeeded."""
        asked = RerunSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        execution = rerun_execution(
            actor=self.actor, tenant_id=self.tenant_id, execution_id=pk, **asked.validated_data
        )
        return Response(ExecutionDetail(execution).data, status=201)

    @extend_schema(responses=StepSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None)
    def steps(self, request: Request, pk: UUID) -> Response:
        """Its steps, in the order in which they came to be."""
        rows = self.get_object().steps.order_by("id")
        return self._page(rows, StepSerializer, "id")

    @extend_schema(
        responses=EventSerializer(many=True),
        parameters=[
            OpenApiParameter("after", OpenApiTypes.INT64, description="events after this id")
        ],
    )
    @action(detail=True, methods=["get"], filterset_class=None)
    def events(self, request: Request, pk: UUID) -> Response:
        """What happened, oldest first."""
        rows = self.get_object().events.all()
        after = request.query_params.get("after", "")
        if after:
            if not after.isascii() or not after.isdigit() or len(after) > 18:
                raise serializers.ValidationError({"after": "Give the id of an event."})
            rows = rows.filter(id__gt=int(after))
        return self._page(rows, EventSerializer, "id")

    @extend_schema(request=DecisionSerializer, responses=ExecutionDetail, parameters=[PURPOSE])
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
        return Response(ExecutionDetail(self.get_object()).data)

    def _page(self, rows: Any, serializer: type[Any], ordering: str) -> Response:
        paginator: Any = self.paginator
        paginator.ordering = ordering
        page = paginator.paginate_queryset(rows, self.request, view=self)
        response: Response = paginator.get_paginated_response(serializer(page, many=True).data)
        return response
