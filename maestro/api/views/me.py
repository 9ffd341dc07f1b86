"""`/api/me/`: who one is, and what one chose for oneself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.exact import Exact
from maestro.api.views.base import ActorView
from maestro.tenancy.services.choose_mail import choose_mail
from maestro.tenancy.services.choose_zone import choose_zone, problem_of_zone
from maestro.tenancy.services.read_preferences import read_preferences


class MeSerializer(serializers.Serializer[Any]):
    """Oneself. `time_zone` is the IANA zone of the times on pages, empty for the tenant's;
    `release_mail` says whether one is mailed about releases and installations."""

    email = serializers.EmailField()
    name = serializers.CharField()
    time_zone = serializers.CharField(allow_blank=True)
    release_mail = serializers.BooleanField()


class MeChange(Exact):
    """What may be changed of oneself; what is left out stays."""

    time_zone = serializers.CharField(max_length=64, required=False, allow_blank=True)
    release_mail = serializers.BooleanField(required=False)

    def validate_time_zone(self, zone: str) -> str:
        """A zone that there is: asked here too, so that it is said with all else that is wrong."""
        if problem := problem_of_zone(zone):
            raise serializers.ValidationError(problem.message, problem.code)
        return zone


class MeView(ActorView, viewsets.ViewSet):
    """Oneself: the person, in all their tenants. A token with scopes does not reach it."""

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer)
    def retrieve(self, request: Request) -> Response:
        """Who one is, and what one chose."""
        return Response(asdict(read_preferences(actor=self.actor)))

    @extend_schema(operation_id="me_update", request=MeChange, responses=MeSerializer)
    def partial_update(self, request: Request) -> Response:
        """Choose the zone of one's pages, and whether one is mailed. It counts for oneself alone."""
        asked = MeChange(data=request.data)
        asked.is_valid(raise_exception=True)
        chosen: dict[str, Any] = dict(asked.validated_data)
        if "time_zone" in chosen:
            choose_zone(actor=self.actor, time_zone=chosen["time_zone"])
        if "release_mail" in chosen:
            choose_mail(actor=self.actor, release_mail=chosen["release_mail"])
        return Response(asdict(read_preferences(actor=self.actor)))
