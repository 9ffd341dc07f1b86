"""`/api/tokens/`: one's own tokens, shown once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.exact import Exact
from maestro.api.views.base import ID, ActorView
from maestro.tenancy.models import ApiToken, Tenant, User
from maestro.tenancy.services.create_token import create_token
from maestro.tenancy.services.read_tokens import read_tokens
from maestro.tenancy.services.revoke_token import revoke_token


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without its text."""

    class Meta:
        model = ApiToken
        fields = [
            "id",
            "name",
            "prefix",
            "user",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        ]
        read_only_fields = fields


class TokenNew(Exact):
    """A token to be made for oneself."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=100,
        required=False,
        allow_null=True,
        default=None,
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class TokenMade(TokenSerializer):
    """A token just made, with its text, this once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields


class TokenViewSet(ActorView, mixins.ListModelMixin, viewsets.GenericViewSet[ApiToken]):
    """One's own tokens in the tenant; a tenant admin sees everybody's."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    lookup_value_regex = ID
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        """Those that the actor may see."""
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return read_tokens(actor=self.actor)

    @extend_schema(request=TokenNew, responses={201: TokenMade})
    def create(self, request: Request) -> Response:
        """Make a token for oneself. Its text is in this answer and never again."""
        asked = TokenNew(data=request.data)
        asked.is_valid(raise_exception=True)
        token, raw = create_token(
            actor=self.actor,
            tenant=Tenant.objects.get(pk=self.tenant_id),
            user=User.objects.get(email=self.actor.email),
            **asked.validated_data,
        )
        return Response(dict(TokenSerializer(token).data) | {"token": raw}, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Revoke a token, now and for good."""
        revoke_token(actor=self.actor, tenant_id=self.tenant_id, token_id=pk)
        return Response(status=204)
