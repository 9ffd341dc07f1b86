"""`/api/partner-groups/`: tenants that a publisher names together."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import PartnerGroup
from maestro.api.exact import Exact
from maestro.api.views.base import ActorView
from marketplace.services.partner_groups import (
    MEMBERS,
    delete_partner_group,
    read_partner_groups,
    set_partner_group,
)


class PartnerGroupSerializer(serializers.Serializer[Any]):
    """A group, named as `group:<name>` in a template's audience, and the slugs of its tenants."""

    name = serializers.CharField()
    members = serializers.ListField(child=serializers.CharField())
    revision = serializers.CharField(help_text="send it back as expected_revision")


class PartnerGroupPage(serializers.Serializer[Any]):
    """All of them: `next` is always null."""

    next = serializers.CharField(allow_null=True)
    results = PartnerGroupSerializer(many=True)


class PartnerGroupMembers(Exact):
    """Whom the group names from now on, by slug."""

    members = serializers.ListField(
        child=serializers.CharField(max_length=63), min_length=1, max_length=MEMBERS
    )
    expected_revision = serializers.CharField(
        max_length=80,
        required=False,
        allow_blank=True,
        help_text="revision that was looked at, empty for a group that is to be new; else 409",
    )


class PartnerGroupViewSet(ActorView, viewsets.GenericViewSet[Any]):
    """Groups of partners of the tenant's own."""

    queryset = PartnerGroup.objects.none()
    filter_backends: list[Any] = []
    pagination_class = None
    serializer_class = PartnerGroupSerializer
    lookup_field = "name"
    lookup_value_regex = "[a-z0-9-]{1,63}"

    @extend_schema(operation_id="partner_groups_list", responses=PartnerGroupPage)
    def list(self, request: Request) -> Response:
        """Every group, by name."""
        found = read_partner_groups(actor=self.actor)
        return Response({"next": None, "results": PartnerGroupSerializer(found, many=True).data})

    @extend_schema(
        operation_id="partner_groups_update",
        request=PartnerGroupMembers,
        responses=PartnerGroupSerializer,
    )
    def update(self, request: Request, name: str) -> Response:
        """Let the group name exactly these tenants; one that is new is made."""
        asked = PartnerGroupMembers(data=request.data)
        asked.is_valid(raise_exception=True)
        group = set_partner_group(actor=self.actor, name=name, **asked.validated_data)
        return Response(PartnerGroupSerializer(group).data)

    @extend_schema(
        operation_id="partner_groups_destroy",
        parameters=[
            OpenApiParameter(
                "expected_revision", str, description="revision that was looked at; else 409"
            )
        ],
        responses={204: None},
    )
    def destroy(self, request: Request, name: str) -> Response:
        """Take it away: whom it alone named finds the templates no longer."""
        Exact(data=request.data).is_valid(raise_exception=True)  # it takes nothing
        looked_at = request.query_params.get("expected_revision")
        delete_partner_group(actor=self.actor, name=name, expected_revision=looked_at)
        return Response(status=204)
