"""`/api/purposes/` and `/api/policy/data/`: what is done for which purpose here, and what work may
reach."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from governance.models import PurposeEntry
from governance.policy.rules import TenantData, tenant_data
from governance.services.read_purposes import (
    Registered,
    read_policy_data,
    read_purpose,
    read_purposes,
    registered,
)
from governance.services.set_policy_data import set_policy_data
from governance.services.set_purpose import retire_purpose, set_purpose
from maestro.api.exact import Exact
from maestro.api.views.base import ActorView
from maestro.kernel.errors import Conflict

NAME = "[a-z0-9._-]{1,64}"


class PurposeSerializer(serializers.Serializer[Any]):
    """A purpose. `allowed_actions` are actions or families of them; none: every action. `own` tells
    the tenant's from the platform's."""

    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    allowed_actions = serializers.ListField(child=serializers.CharField())
    in_production = serializers.BooleanField()
    own = serializers.BooleanField()
    retired = serializers.BooleanField()


class PurposePage(serializers.Serializer[Any]):
    """All of them: `next` is always null."""

    next = serializers.CharField(allow_null=True)
    results = PurposeSerializer(many=True)


class PurposeChange(Exact):
    """What may be changed of a purpose; what is left out stays."""

    title = serializers.CharField(max_length=80, required=False)
    description = serializers.CharField(max_length=300, required=False)
    allowed_actions = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=100, required=False
    )
    in_production = serializers.BooleanField(required=False)
    retired = serializers.BooleanField(required=False)


class PurposeNew(Exact):
    """A purpose of the tenant's own."""

    name = serializers.CharField(max_length=64)
    title = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=300)
    allowed_actions = serializers.ListField(
        child=serializers.CharField(max_length=64), max_length=100, required=False, default=list
    )
    in_production = serializers.BooleanField(required=False, default=True)


class HoursSerializer(Exact):
    """Days from 1 for Monday to 7, and times such as 08:30 in an IANA time zone."""

    timezone = serializers.CharField(max_length=64)
    days = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), min_length=1, max_length=7
    )
    begins = serializers.CharField(max_length=5)
    ends = serializers.CharField(max_length=5)


def _names(length: int) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=length),
        max_length=200,
        required=False,
        allow_null=True,
        default=None,
    )


class PolicyDataSerializer(Exact):
    """What the tenant lets its work reach, and when; null: everything. `revision` is the one that
    was read, so that no change made meanwhile is lost; leave it out to overwrite any."""

    revision = serializers.IntegerField(required=False, min_value=0)
    allowed_hosts = _names(259)
    environments = _names(64)
    regions = _names(64)
    hours = HoursSerializer(required=False, allow_null=True, default=None)
    quota_limits = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1),
        required=False,
        allow_null=True,
        default=None,
    )


class PurposeViewSet(ActorView, viewsets.GenericViewSet[Any]):
    """The purposes that count in the tenant: the platform's, and its own."""

    queryset = PurposeEntry.objects.none()
    filter_backends: list[Any] = []
    pagination_class = None
    serializer_class = PurposeSerializer
    lookup_field = "name"
    lookup_value_regex = NAME

    @extend_schema(operation_id="purposes_list", responses=PurposePage)
    def list(self, request: Request) -> Response:
        """Every purpose, the platform's first; the tenant's retired ones as well."""
        found = read_purposes(actor=self.actor)
        return Response({"next": None, "results": [_shown(each) for each in found]})

    @extend_schema(
        operation_id="purposes_create", request=PurposeNew, responses={201: PurposeSerializer}
    )
    def create(self, request: Request) -> Response:
        """Add a purpose of the tenant's own. The name of one of the platform's is refused."""
        asked = PurposeNew(data=request.data)
        asked.is_valid(raise_exception=True)
        row = set_purpose(
            actor=self.actor, tenant_id=self.tenant_id, replaces=False, **asked.validated_data
        )
        return Response(_shown(registered(row, self.tenant_id)), status=201)

    @extend_schema(
        operation_id="purposes_update", request=PurposeChange, responses=PurposeSerializer
    )
    def partial_update(self, request: Request, name: str) -> Response:
        """Change one of the tenant's own, retire it, or take it into use again."""
        asked = PurposeChange(data=request.data)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(asked.validated_data)
        retired = given.pop("retired", None)
        before = read_purpose(actor=self.actor, name=name)
        kept = asdict(before.purpose)
        if retired or (retired is None and before.retired):
            if given:
                raise Conflict("It is retired.", hint="Take it into use again with retired: false.")
            row = retire_purpose(actor=self.actor, tenant_id=self.tenant_id, name=name)
        else:
            row = set_purpose(
                actor=self.actor,
                tenant_id=self.tenant_id,
                name=name,
                replaces=True,
                **{each: given.get(each, kept[each]) for each in _CHANGED},
            )
        return Response(_shown(registered(row, self.tenant_id)))


_CHANGED = ("title", "description", "allowed_actions", "in_production")


class PolicyDataView(ActorView, viewsets.ViewSet):
    """What policy is told of the tenant: hosts, environments, regions, hours, limits."""

    @extend_schema(operation_id="policy_data_retrieve", responses=PolicyDataSerializer)
    def retrieve(self, request: Request) -> Response:
        """What is in force, and its revision; 0: it was never set, and everything is allowed."""
        return Response(_data(read_policy_data(actor=self.actor)))

    @extend_schema(
        operation_id="policy_data_update",
        request=PolicyDataSerializer,
        responses=PolicyDataSerializer,
    )
    def update(self, request: Request) -> Response:
        """Put this in force, in place of all that was. Every process follows within 2 s."""
        asked = PolicyDataSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(asked.validated_data)
        revision = given.pop("revision", None)
        row = set_policy_data(
            actor=self.actor,
            tenant_id=self.tenant_id,
            data=tenant_data(given, 0),
            revision=revision,
        )
        return Response(_data(tenant_data(row.content, row.revision)))


def _shown(one: Registered) -> dict[str, Any]:
    return {**asdict(one.purpose), "retired": one.retired}


def _data(data: TenantData) -> dict[str, Any]:
    return {"revision": data.revision, **data.as_dict()}
