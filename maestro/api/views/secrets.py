"""`/api/secrets/{name}/link/`: where a secret is kept."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance.models import Secret
from governance.services.link_secret import link_secret
from maestro.api.exact import Exact
from maestro.api.views.base import ActorView


class SecretLink(Exact):
    """Where a secret is kept: one of the sources that the platform's settings open, and the name it
    has there among the tenant's own."""

    source = serializers.CharField(max_length=16)  # type: ignore[assignment] # a field all the same
    reference = serializers.CharField(max_length=255)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True)


class LinkedSecret(serializers.Serializer[Any]):
    """A secret without its value. `version` counts its changes."""

    name = serializers.CharField()
    description = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # a field all the same
    reference = serializers.CharField()
    version = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class SecretViewSet(ActorView, viewsets.GenericViewSet[Any]):
    """Secrets of the tenant. No value is ever answered."""

    queryset = Secret.objects.none()
    filter_backends: list[Any] = []
    pagination_class = None
    serializer_class = LinkedSecret
    lookup_field = "name"
    lookup_value_regex = "[A-Za-z0-9_-]{1,63}"

    @extend_schema(operation_id="secrets_link", request=SecretLink, responses=LinkedSecret)
    @action(detail=True, methods=["put"])
    def link(self, request: Request, name: str) -> Response:
        """Say where it is kept. It is read there when a call needs it, and not now; a value that was
        sealed under this name is gone. One that is not there yet is made."""
        asked = SecretLink(data=request.data)
        asked.is_valid(raise_exception=True)
        row = link_secret(
            actor=self.actor, tenant_id=self.tenant_id, name=name, **asked.validated_data
        )
        return Response(LinkedSecret(row).data)
