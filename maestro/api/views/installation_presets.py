"""Saved answers of the run form of an installation, by API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.exact import Exact
from maestro.api.views.base import ID
from maestro.kernel.actor import Actor
from maestro.runtime.models import RunPreset
from maestro.runtime.pages.answers import fitted
from maestro.runtime.services.delete_preset import delete_preset
from maestro.runtime.services.prepare_run import Prepared, prepare_run
from maestro.runtime.services.read_presets import read_preset, read_presets
from maestro.runtime.services.save_preset import LONGEST_NAME, save_preset


class PresetSummary(serializers.ModelSerializer[RunPreset]):
    """Saved answers in a list."""

    for_everybody = serializers.SerializerMethodField()

    class Meta:
        model = RunPreset
        fields = ["id", "name", "for_everybody", "saved_by_name", "updated_at"]
        read_only_fields = fields

    def get_for_everybody(self, row: RunPreset) -> bool:
        """Whether they are the tenant's, and not one person's."""
        return row.owner is None


class PresetDetail(serializers.Serializer[Any]):
    """Saved answers, as far as the release that is installed now asks for them."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    for_everybody = serializers.BooleanField()
    purpose = serializers.CharField()
    parameters = serializers.DictField(help_text="send them with installation to start a run")
    dropped = serializers.ListField(
        child=serializers.CharField(), help_text="saved, and not asked for any more"
    )
    unfit = serializers.ListField(
        child=serializers.CharField(), help_text="of parameters, those that need another value"
    )


class PresetNew(Exact):
    """Answers to keep under a name, in place of those that had the name."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    parameters = serializers.DictField(required=False, default=dict)
    purpose = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", help_text="of the runs"
    )
    for_everybody = serializers.BooleanField(
        required=False, default=False, help_text="the tenant's; takes the role author"
    )


class Presets:
    """Answers that were saved for an installation's runs."""

    actor: Actor

    @extend_schema(operation_id="installations_presets", responses=PresetSummary(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def presets(self, request: Request, installation_name: str) -> Response:
        """One's own and the tenant's, by name; at most 20 of each."""
        prepared = prepare_run(actor=self.actor, installation=installation_name)
        rows = read_presets(actor=self.actor, prepared=prepared)
        return Response(PresetSummary(rows, many=True).data)

    @extend_schema(
        operation_id="installations_presets_save", request=PresetNew, responses=PresetDetail
    )
    @presets.mapping.post
    def save_preset(self, request: Request, installation_name: str) -> Response:
        """Save answers. What the schema marks as secret is left out."""
        asked = PresetNew(data=request.data)
        asked.is_valid(raise_exception=True)
        prepared = prepare_run(actor=self.actor, installation=installation_name)
        given = dict(asked.validated_data)
        kept = save_preset(actor=self.actor, prepared=prepared, secrets={}, endpoints={}, **given)
        return Response(_shown(prepared, kept))

    @extend_schema(operation_id="installations_preset", responses=PresetDetail)
    @action(detail=True, methods=["get"], url_path=rf"presets/(?P<preset_id>{ID})")
    def preset(self, request: Request, installation_name: str, preset_id: UUID) -> Response:
        """Saved answers, with what of them the release does not ask for or allow any more."""
        prepared = prepare_run(actor=self.actor, installation=installation_name)
        kept = read_preset(actor=self.actor, prepared=prepared, preset_id=preset_id)
        return Response(_shown(prepared, kept))

    @extend_schema(operation_id="installations_preset_delete", responses={204: None})
    @preset.mapping.delete
    def delete_preset(self, request: Request, installation_name: str, preset_id: UUID) -> Response:
        """Delete saved answers."""
        Exact(data=request.data).is_valid(raise_exception=True)  # it takes nothing
        prepared = prepare_run(actor=self.actor, installation=installation_name)
        read_preset(actor=self.actor, prepared=prepared, preset_id=preset_id)
        delete_preset(actor=self.actor, preset_id=preset_id)
        return Response(status=204)


def _shown(prepared: Prepared, kept: RunPreset) -> dict[str, Any]:
    fit = fitted(prepared.document, kept.answers["parameters"])
    return PresetDetail(
        {
            "id": kept.pk,
            "name": kept.name,
            "for_everybody": kept.owner is None,
            "purpose": kept.answers["purpose"],
            "parameters": fit.parameters,
            "dropped": fit.dropped,
            "unfit": fit.unfit,
        }
    ).data
