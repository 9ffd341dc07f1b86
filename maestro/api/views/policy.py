"""`/api/policy/preview/`: what policy would say, before anything is done."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.exact import Exact
from maestro.api.views.base import ActorView
from maestro.runtime.services.preview_action import TYPES, preview_action


class AskedResource(Exact):
    """What it would be done to."""

    type = serializers.CharField(max_length=64, help_text=f"One of {', '.join(TYPES)}.")
    id = serializers.CharField(
        max_length=255,
        required=False,
        default="",
        allow_blank=True,
        help_text="A workflow's address, an id, a secret's name; empty: none that is there yet.",
    )
    version = serializers.CharField(
        max_length=64, required=False, default="", allow_blank=True, help_text="Of a workflow."
    )


class AskedContext(Exact):
    """Under which circumstances."""

    purpose = serializers.CharField(max_length=64, required=False)
    environment = serializers.CharField(max_length=64, required=False, allow_blank=True)
    region = serializers.CharField(max_length=64, required=False, allow_blank=True)


class PreviewSerializer(Exact):
    """A question for policy."""

    action = serializers.CharField(max_length=64, help_text="Such as `execution.start`.")
    resource = AskedResource()
    context = AskedContext(required=False)  # type: ignore[assignment] # a name of DRF too


class ReasonSerializer(serializers.Serializer[Any]):
    """Why policy would refuse."""

    code = serializers.CharField()
    message = serializers.CharField()
    control = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    """What policy would say, and which revision of it."""

    allow = serializers.BooleanField()
    reasons = ReasonSerializer(many=True)
    obligations = serializers.ListField(child=serializers.DictField())
    revision = serializers.CharField()


class PolicyPreviewView(ActorView, viewsets.ViewSet):
    """Policy is asked, nothing is done, and the answer is not recorded."""

    @extend_schema(
        operation_id="policy_preview",
        request=PreviewSerializer,
        responses={200: AnswerSerializer},
    )
    def create(self, request: Request) -> Response:
        """Ask what policy would say to an action of yours. Only what you may read can be asked
        about; the purpose of the header counts, unless the context names another."""
        asked = PreviewSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given: dict[str, Any] = dict(asked.validated_data)
        about = given["resource"]
        answer = preview_action(
            actor=self.actor,
            action=given["action"],
            resource_type=about["type"],
            resource_id=about["id"],
            version=about["version"],
            context=given.get("context"),
        )
        return Response(
            {
                "allow": answer.allow,
                "reasons": [reason.as_dict() for reason in answer.deny],
                "obligations": [obligation.as_dict() for obligation in answer.obligations],
                "revision": answer.revision,
            }
        )
