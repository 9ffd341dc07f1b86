"""`/api/access/`: who accessed what for which purpose."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance.services.read_access import AccessFilter, access_of, export_access, read_access
from maestro.api.views.base import ActorView

MOST = 200
_FILTERS = [
    OpenApiParameter("person", str, description="a part of a name, or an id"),
    OpenApiParameter("resource_type", str, description="such as `secret`"),
    OpenApiParameter("purpose", str),
    OpenApiParameter("action", str, description="such as `secret.read`"),
    OpenApiParameter("since", OpenApiTypes.DATETIME),
    OpenApiParameter("until", OpenApiTypes.DATETIME, description="not included"),
]


class Access(serializers.Serializer[Any]):
    """One thing that somebody asked to do, and what policy answered; `reasons` are codes."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    person = serializers.CharField()
    person_id = serializers.UUIDField(allow_null=True)
    action = serializers.CharField()
    resource_type = serializers.CharField()
    resource_id = serializers.CharField()
    purpose = serializers.CharField()
    allowed = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    channel = serializers.CharField()
    revision = serializers.CharField()
    request_id = serializers.CharField()


class AccessPage(serializers.Serializer[Any]):
    """A page of accesses; `next` is the address of the one after it, or null."""

    next = serializers.CharField(allow_null=True)
    results = Access(many=True)


class _Asked(serializers.Serializer[Any]):
    person = serializers.CharField(max_length=254, default="")
    resource_type = serializers.CharField(max_length=64, default="")
    purpose = serializers.CharField(max_length=64, default="")
    action = serializers.CharField(max_length=64, default="")
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    before = serializers.UUIDField(required=False)


class _AskedPage(_Asked):
    page_size = serializers.IntegerField(min_value=1, max_value=MOST, default=50)


class AccessViewSet(ActorView, viewsets.GenericViewSet[Any]):
    """Accesses in the tenant, for its admins and the platform's auditors."""

    audited = frozenset({"list", "export"})
    filter_backends: list[Any] = []
    pagination_class = None
    serializer_class = Access

    @extend_schema(
        operation_id="access_list",
        parameters=[
            *_FILTERS,
            OpenApiParameter(
                "before", OpenApiTypes.UUID, description="accesses older than this one"
            ),
            OpenApiParameter("page_size", int, description=f"up to {MOST}"),
        ],
        responses=AccessPage,
    )
    def list(self, request: Request) -> Response:
        """Who asked to do what for which purpose, the newest first; refusals as well."""
        asked = _AskedPage(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(asked.validated_data)
        size = values.pop("page_size")
        found = read_access(actor=self.actor, asked=AccessFilter(**values), most=size + 1)
        following = None
        if len(found) > size:
            query = request.query_params.copy()
            query["before"] = str(found[size - 1].pk)
            following = f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"
        return Response({"next": following, "results": [access_of(row) for row in found[:size]]})

    @extend_schema(
        operation_id="access_export",
        parameters=_FILTERS,
        responses={
            (200, "application/jsonl"): OpenApiResponse(
                OpenApiTypes.STR, description="JSON Lines: each access, the newest first"
            )
        },
    )
    @action(detail=False, methods=["get"])
    def export(self, request: Request) -> HttpResponseBase:
        """All that match, as JSON Lines."""
        asked = _Asked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        lines = export_access(actor=self.actor, asked=AccessFilter(**asked.validated_data))
        answer = StreamingHttpResponse(
            (line.encode() for line in lines), content_type="application/jsonl"
        )
        answer["Content-Disposition"] = (
            f'attachment; filename="{self.actor.tenant_slug}-access.jsonl"'
        )
        return answer
