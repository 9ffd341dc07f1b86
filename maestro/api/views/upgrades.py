"""Upgrades by API: of one's installations, and of those of a release that one published."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.pagination import NewestFirst
from maestro.api.views.installation_shapes import InstallationDetail
from maestro.api.views.upgrade_shapes import (
    InstanceChangeSerializer,
    ProposalNew,
    ProposedSerializer,
    RollBackSerializer,
    RolloutSerializer,
    UpgradePreview,
    UpgradeSerializer,
    UpgradeSimulation,
    preview_of,
    simulation_of,
)
from maestro.kernel.actor import Actor
from marketplace.policies import PROPOSE
from marketplace.services.own_release import own_release
from marketplace.services.prepare_upgrade import Overrides, prepare_upgrade
from marketplace.services.propose_upgrade import propose_upgrade
from marketplace.services.read_installations import find_changes
from marketplace.services.read_rollout import read_rollout
from marketplace.services.resume_rollout import resume_rollout
from marketplace.services.simulate_upgrade import simulate_upgrade
from marketplace.services.upgrade_installation import (
    roll_back_installation,
    upgrade_installation,
)


class Upgrading:
    """What becomes of an installation when there are newer releases."""

    actor: Actor

    @extend_schema(
        operation_id="installations_upgrade_preview",
        parameters=[OpenApiParameter("to", str, description="the version; empty: the highest")],
        responses=UpgradePreview,
    )
    @action(detail=True, methods=["get"])
    def upgrade(self, request: Request, installation_name: str) -> Response:
        """What an upgrade would change, reach and ask for. Nothing is written."""
        to = request.query_params.get("to", "").replace("\x00", "")
        found = prepare_upgrade(actor=self.actor, name=installation_name, to=to)
        return Response(preview_of(found))

    @extend_schema(
        operation_id="installations_upgrade",
        request=UpgradeSerializer,
        responses=InstallationDetail,
    )
    @upgrade.mapping.post
    def do_upgrade(self, request: Request, installation_name: str) -> Response:
        """Upgrade it. New executions use the new version; running ones finish on theirs."""
        given = _given(UpgradeSerializer, request)
        upgraded = upgrade_installation(
            actor=self.actor,
            name=installation_name,
            to=given["to"],
            overrides=_overrides(given),
            expected_revision=given.get("expected_revision"),
            expected_digest=given["expected_digest"],
        )
        return Response(InstallationDetail(upgraded).data)

    @extend_schema(
        operation_id="installations_upgrade_simulate",
        request=UpgradeSerializer,
        responses=UpgradeSimulation,
    )
    @action(detail=True, methods=["post"], url_path="upgrade/simulate")
    def simulate(self, request: Request, installation_name: str) -> Response:
        """What a run would do after the upgrade, with what the rules make of what it was given and
        what is given here. Nothing is written and nothing called."""
        given = _given(UpgradeSerializer, request)
        found = prepare_upgrade(
            actor=self.actor, name=installation_name, to=given["to"], overrides=_overrides(given)
        )
        told = simulate_upgrade(actor=self.actor, found=found)
        return Response(simulation_of(found, told))

    @extend_schema(request=RollBackSerializer, responses=InstallationDetail)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, installation_name: str) -> Response:
        """Undo the last upgrade: the version, and all that it was given. It stays there then."""
        given = _given(RollBackSerializer, request)
        back = roll_back_installation(
            actor=self.actor,
            name=installation_name,
            expected_revision=given.get("expected_revision"),
        )
        return Response(InstallationDetail(back).data)

    @extend_schema(responses=InstanceChangeSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=NewestFirst)
    def changes(self, request: Request, installation_name: str) -> Response:
        """What happened to it, the latest first."""
        rows = find_changes(actor=self.actor, name=installation_name)
        pages = NewestFirst()
        page = pages.paginate_queryset(rows, request)
        return pages.get_paginated_response(InstanceChangeSerializer(page, many=True).data)


class Proposing:
    """What a publisher asks of those who have a template of theirs."""

    actor: Actor

    @extend_schema(request=ProposalNew, responses=ProposedSerializer)
    @action(detail=True, methods=["post"])
    def proposals(self, request: Request, address: str) -> Response:
        """Ask those on a lower version to upgrade. Each is asked once, and decides by itself."""
        publisher, _, slug = address.partition("/")
        given = _given(ProposalNew, request)
        asked = propose_upgrade(actor=self.actor, publisher=publisher, slug=slug, **given)
        return Response({"asked": asked})


class RollingOut:
    """How a release comes to those who follow it."""

    actor: Actor

    @extend_schema(operation_id="releases_rollout", responses=RolloutSerializer)
    @action(detail=False, methods=["get"])
    def rollout(
        self, request: Request, publisher: str, template_slug: str, number: str
    ) -> Response:
        """How many have it, in which wave it is, and why it was halted, for its publisher."""
        found = read_rollout(
            actor=self.actor, publisher=publisher, slug=template_slug, number=number
        )
        return Response(RolloutSerializer(found).data)

    @extend_schema(
        operation_id="releases_rollout_resume", request=None, responses=RolloutSerializer
    )
    @rollout.mapping.post
    def resume_rollout(
        self, request: Request, publisher: str, template_slug: str, number: str
    ) -> Response:
        """Let a halted one go on, although what was upgraded failed more than before."""
        release = f"{publisher}/{template_slug}@{number}"
        _, release_id = own_release(actor=self.actor, release=release, action=PROPOSE)
        resumed = resume_rollout(actor=self.actor, release_id=release_id)
        return Response(RolloutSerializer(resumed).data)


def _overrides(given: dict[str, Any]) -> Overrides:
    named = ("parameters", "secrets", "endpoints", "hosts")
    return Overrides(**{name: given[name] for name in named if name in given})


def _given(shape: type[Any], request: Request) -> dict[str, Any]:
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
