"""Workflows and their versions as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers

from catalog.models import WorkflowDefinition, WorkflowVersion

DOCUMENT_BODY: dict[str, Any] = {
    "application/yaml": OpenApiTypes.STR,
    "application/json": OpenApiTypes.OBJECT,
}


class WorkflowSummary(serializers.ModelSerializer[WorkflowDefinition]):
    """A workflow in a list."""

    tags: Any = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)
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


class WorkflowDetail(WorkflowSummary):
    """One workflow; what follows `updated_at` is of its latest version, when it has one."""

    digest = serializers.CharField(read_only=True, required=False)
    changelog = serializers.CharField(read_only=True, required=False)
    parameters = serializers.JSONField(
        read_only=True, required=False, help_text="JSON Schema 2020-12"
    )
    secrets = serializers.JSONField(read_only=True, required=False)
    endpoints = serializers.JSONField(read_only=True, required=False)
    example_parameters = serializers.JSONField(
        read_only=True, required=False, help_text="Parameters that run as they are."
    )

    class Meta(WorkflowSummary.Meta):
        fields = [
            *WorkflowSummary.Meta.fields,
            "digest",
            "changelog",
            "parameters",
            "secrets",
            "endpoints",
            "example_parameters",
        ]
        read_only_fields = fields


class FacetValueSerializer(serializers.Serializer[Any]):
    """A value of a fact, and how many workflows have it under all other filters."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class CatalogPageSerializer(serializers.Serializer[Any]):
    """A page of the catalog."""

    count = serializers.IntegerField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    results = WorkflowSummary(many=True)
    facets = serializers.DictField(child=FacetValueSerializer(many=True))


class WorkflowEdit(serializers.Serializer[Any]):
    """The facts that may be edited between versions. For the OpenAPI document: the service checks."""

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
