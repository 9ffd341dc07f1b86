"""`/api/audit/`: who did what, to what and for which purpose; and the whole trail, to be verified."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance.audit.entries import Outcome
from governance.services.read_entries import EntryFilter, export_entries, read_entries
from maestro.api.views.base import ActorView

MOST = 200


class _Reason(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    control = serializers.CharField()


class AuditEntry(serializers.Serializer[Any]):
    """An entry. `seq` and `hash` are its place in the chain, null and empty until it is linked."""

    id = serializers.UUIDField()
    record_type = serializers.CharField()
    at = serializers.DateTimeField()
    verb = serializers.CharField()
    title = serializers.CharField()
    outcome = serializers.ChoiceField([(each.value, each.value.capitalize()) for each in Outcome])
    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    person = serializers.CharField()
    person_id = serializers.UUIDField(allow_null=True)
    purpose = serializers.CharField()
    channel = serializers.CharField()
    reasons = _Reason(many=True)
    decision_id = serializers.UUIDField(allow_null=True)
    revision = serializers.CharField()
    request_id = serializers.CharField()
    digest = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    seq = serializers.IntegerField(allow_null=True)
    hash = serializers.CharField()


class AuditPage(serializers.Serializer[Any]):
    """A page of entries; `next` is the address of the one after it, or null."""

    next = serializers.CharField(allow_null=True)
    results = AuditEntry(many=True)


class _Asked(serializers.Serializer[Any]):
    person = serializers.CharField(max_length=254, default="")
    verb = serializers.CharField(max_length=64, default="")
    subject = serializers.CharField(max_length=320, default="")
    purpose = serializers.CharField(max_length=64, default="")
    outcome = serializers.ChoiceField([each.value for each in Outcome], required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    before = serializers.UUIDField(required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=MOST, default=50)


class AuditViewSet(ActorView, viewsets.GenericViewSet[Any]):
    """The tenant's audit trail, for its admins and the platform's auditors."""

    audited = frozenset({"list", "export"})
    filter_backends: list[Any] = []
    pagination_class = None
    serializer_class = AuditEntry

    @extend_schema(
        operation_id="audit_list",
        parameters=[
            OpenApiParameter("person", str, description="a part of a name, or an id"),
            OpenApiParameter("verb", str, description="such as `execution.start`"),
            OpenApiParameter(
                "subject", str, description="a type, an id, or both with a space between"
            ),
            OpenApiParameter("purpose", str),
            OpenApiParameter("outcome", str, enum=[each.value for each in Outcome]),
            OpenApiParameter("since", OpenApiTypes.DATETIME),
            OpenApiParameter("until", OpenApiTypes.DATETIME, description="not included"),
            OpenApiParameter(
                "before", OpenApiTypes.UUID, description="entries older than this one"
            ),
            OpenApiParameter("page_size", int, description=f"up to {MOST}"),
        ],
        responses=AuditPage,
    )
    def list(self, request: Request) -> Response:
        """Who did or asked for what, the newest first; refusals as well."""
        asked = _Asked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(asked.validated_data)
        size = values.pop("page_size")
        values["outcome"] = Outcome(values["outcome"]) if "outcome" in values else None
        found = read_entries(actor=self.actor, asked=EntryFilter(**values), most=size + 1)
        following = self._after(request, found[size - 1].id) if len(found) > size else None
        return Response({"next": following, "results": AuditEntry(found[:size], many=True).data})

    @extend_schema(
        operation_id="audit_export",
        parameters=[
            OpenApiParameter("since", OpenApiTypes.DATETIME, description="linked then or later")
        ],
        responses={
            (200, "application/jsonl"): OpenApiResponse(
                OpenApiTypes.STR, description="JSON Lines: each entry with its link"
            )
        },
    )
    @action(detail=False, methods=["get"])
    def export(self, request: Request) -> HttpResponseBase:
        """The trail as it is linked, in order. `manage.py audit verify --file` verifies it again."""
        since = serializers.DateTimeField(required=False, allow_null=True).run_validation(
            request.query_params.get("since") or None
        )
        lines = export_entries(actor=self.actor, since=since)
        answer = StreamingHttpResponse(
            (line.encode() for line in lines), content_type="application/jsonl"
        )
        answer["Content-Disposition"] = (
            f'attachment; filename="{self.actor.tenant_slug}-audit.jsonl"'
        )
        return answer

    def _after(self, request: Request, last: UUID) -> str:
        asked = request.query_params.copy()
        asked["before"] = str(last)
        return f"{request.build_absolute_uri(request.path)}?{asked.urlencode()}"
