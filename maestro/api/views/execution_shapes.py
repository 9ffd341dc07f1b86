"""Executions as the API shows them, and what is sent to start or decide them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from rest_framework import serializers

from maestro.api.exact import Exact
from maestro.runtime.models import Execution, ExecutionEvent, StepRun
from maestro.runtime.querysets import ExecutionQuerySet
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
            "installation_id",
            "environment",
            "region",
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
            "reason",
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


class Bindings(Exact):
    """With what to run: parameters, stored secrets by name, addresses."""

    version = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    parameters = serializers.DictField(required=False, default=dict)
    secrets = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    endpoints = serializers.DictField(child=serializers.CharField(), required=False, default=dict)


class StartSerializer(Bindings):
    """What to run, with what."""

    workflow = serializers.CharField(
        max_length=127,
        required=False,
        allow_blank=True,
        default="",
        help_text="slug, or publisher/slug; this or an installation",
    )
    installation = serializers.CharField(
        max_length=63,
        required=False,
        allow_blank=True,
        default="",
        help_text="name or id of an installation; this or a workflow",
    )
    reason = serializers.CharField(
        max_length=500,
        required=False,
        allow_blank=True,
        default="",
        help_text="why; 3 to 500 characters, which a workflow of high risk asks for",
    )

    def to_internal_value(self, data: Any) -> Any:
        """A workflow is asked for where no installation is named, with all else that is wrong."""
        if not (isinstance(data, Mapping) and data.get("installation")):
            workflow: Any = self.fields["workflow"]
            workflow.required, workflow.allow_blank = True, False
        return super().to_internal_value(data)


class SimulateSerializer(Bindings):
    """A workflow by its address, an installation, or a document as it is written: one of them."""

    workflow = serializers.CharField(max_length=127, required=False, allow_blank=True, default="")
    installation = serializers.CharField(
        max_length=63,
        required=False,
        allow_blank=True,
        default="",
        help_text="name or id of an installation, whose parameters are overridden",
    )
    document = serializers.CharField(
        max_length=1024 * 1024, required=False, allow_blank=True, default="", trim_whitespace=False
    )


class RerunSerializer(Exact):
    """From where to run again; by default from what did not succeed."""

    from_step = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")
    everything = serializers.BooleanField(required=False, default=False)
    parameters = serializers.DictField(
        required=False,
        allow_null=True,
        default=None,
        help_text="in place of the former ones; none keeps them",
    )
    confirmed = serializers.BooleanField(
        required=False,
        default=False,
        help_text="that kept steps which read what is changed stand as they are",
    )


class DecisionSerializer(Exact):
    """Yes or no, and why."""

    approve = serializers.BooleanField()
    rationale = serializers.CharField(max_length=2000)
    item_index = serializers.IntegerField(
        required=False, default=-1, min_value=-1, max_value=10_000
    )


class ExecutionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Which executions."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(status.value, status.value) for status in ExecutionStatus]
    )
    workflow = django_filters.CharFilter(
        method="of_workflow", label="slug of the tenant's own, or publisher/slug"
    )
    installation = django_filters.UUIDFilter(field_name="installation_id")
    purpose = django_filters.CharFilter(field_name="purpose")
    started_by = django_filters.UUIDFilter(field_name="started_by")
    created_after = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="lt")

    class Meta:
        model = Execution
        fields: list[str] = []

    def of_workflow(self, rows: ExecutionQuerySet, _name: str, address: str) -> Any:
        """Those of one workflow; without a publisher it is the tenant's own."""
        own = self.request.user.tenant_slug
        return rows.filter(workflow=address if "/" in address else f"{own}/{address}")
