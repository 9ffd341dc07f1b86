"""`/api/simulate/`: what would happen, without anything leaving the process."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.views.base import ActorView
from maestro.api.views.execution_shapes import SimulateSerializer
from maestro.runtime.services.simulate import simulate


class SimulateView(ActorView, viewsets.ViewSet):
    """The calls a run would make, the policy decision, the hosts and secrets it would use.

    `refusals` has all that a start would be refused for now: by policy, by what an installation was
    granted, by quotas and budgets.
    """

    @extend_schema(request=SimulateSerializer, responses={200: OpenApiTypes.OBJECT})
    def create(self, request: Request) -> Response:
        """Simulate a run."""
        asked = SimulateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(asked.validated_data)
        return Response(simulate(actor=self.actor, **given).as_dict())
