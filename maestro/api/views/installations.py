"""`/api/installations/`: install a release, list, look, configure, stop, resume, uninstall."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from maestro.api.views.base import ActorView
from maestro.api.views.executions import IDEMPOTENCY_KEY, idempotency_key
from maestro.api.views.installation_presets import Presets
from maestro.api.views.installation_shapes import (
    ConfigureSerializer,
    InstallationDetail,
    InstallationSummary,
    InstallPreview,
    InstallSerializer,
    StopSerializer,
    UninstallSerializer,
)
from maestro.api.views.upgrades import Upgrading
from maestro.runtime.models import Environment
from marketplace.models import InstanceStatus, WorkflowInstance
from marketplace.querysets import InstanceQuerySet
from marketplace.services.check_installation import check_installation
from marketplace.services.configure_installation import configure_installation
from marketplace.services.install_release import install
from marketplace.services.prepare_installation import prepare_installation
from marketplace.services.read_installations import read_installation, read_installations
from marketplace.services.stop_installation import (
    resume_installation,
    stop_installation,
    uninstall,
)
from marketplace.wanted import Wanted

NAME = r"[a-z0-9-]{1,63}"


class InstallationViewSet(Upgrading, Presets, ActorView, viewsets.GenericViewSet[WorkflowInstance]):
    """What the tenant installed, by its name or id."""

    audited = frozenset({"upgrade"})  # it says which secrets there are to choose from
    queryset = WorkflowInstance.objects.none()
    serializer_class = InstallationSummary
    lookup_url_kwarg = "installation_name"
    lookup_value_regex = NAME
    filter_backends: list[Any] = []

    def get_queryset(self) -> InstanceQuerySet:
        """The tenant's own."""
        if getattr(self, "swagger_fake_view", False):
            return WorkflowInstance.objects.none()
        return read_installations(actor=self.actor)

    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=["active", "stopped"]),
            OpenApiParameter("environment", str, enum=Environment.values),
            OpenApiParameter("workflow", str, description="publisher/slug"),
        ],
        responses=InstallationSummary(many=True),
    )
    def list(self, request: Request) -> Response:
        """Those in use, the latest first."""
        rows = self.get_queryset()
        asked = request.query_params
        if asked.get("status") in InstanceStatus.values:
            rows = rows.filter(status=asked["status"])
        if asked.get("environment") in Environment.values:
            rows = rows.filter(environment=asked["environment"])
        if workflow := asked.get("workflow", "").replace("\x00", ""):
            publisher, _, slug = workflow.partition("/")
            rows = rows.filter(publisher=publisher, slug=slug)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(InstallationSummary(page, many=True).data)

    @extend_schema(responses=InstallationDetail)
    def retrieve(self, request: Request, installation_name: str) -> Response:
        """One installation, with what it runs with."""
        return Response(
            InstallationDetail(read_installation(actor=self.actor, name=installation_name)).data
        )

    @extend_schema(
        request=InstallSerializer,
        responses={201: InstallationDetail},
        parameters=[IDEMPOTENCY_KEY],
    )
    def create(self, request: Request) -> Response:
        """Install a release. Every problem comes at once, and nothing is written then."""
        key = idempotency_key(request)
        given = _given(InstallSerializer, request)
        release, digest = given.pop("release"), given.pop("expected_digest")
        done = install(
            actor=self.actor,
            release=release,
            wanted=_wanted(given),
            expected_digest=digest,
            idempotency_key=key,
        )
        headers = {"Location": f"/api/installations/{done.instance.name}/"}
        if not done.created:
            headers["Idempotency-Replayed"] = "true"
        return Response(InstallationDetail(done.instance).data, status=201, headers=headers)

    @extend_schema(request=InstallSerializer, responses=InstallPreview)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What installing it would meet: every problem, and what policy says. Nothing is written."""
        given = _given(InstallSerializer, request)
        given.pop("expected_digest")
        found = prepare_installation(actor=self.actor, release=given.pop("release")).found
        checked = check_installation(actor=self.actor, found=found, wanted=_wanted(given))
        return Response(
            {
                "allowed": checked.is_fine,
                "release": found.address,
                "digest": found.release.digest,
                "verified": found.verification.verified,
                "reached": checked.reached,
                "hosts": checked.hosts,
                "problems": [problem.as_dict() for problem in checked.problems],
                "reasons": [reason.as_dict() for reason in checked.answer.deny],
                "policies_revision": checked.answer.revision,
            }
        )

    @extend_schema(request=ConfigureSerializer, responses=InstallationDetail)
    def partial_update(self, request: Request, installation_name: str) -> Response:
        """Let it run with something else; what runs keeps what it began with."""
        changes = _given(ConfigureSerializer, request)
        revision = changes.pop("expected_revision", None)
        changed = configure_installation(
            actor=self.actor, name=installation_name, changes=changes, expected_revision=revision
        )
        return Response(InstallationDetail(changed).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, installation_name: str) -> Response:
        """Uninstall it. Its executions and receipts stay."""
        given = _given(UninstallSerializer, request)
        uninstall(actor=self.actor, name=installation_name, reason=given["reason"])
        return Response(status=204)

    @extend_schema(request=StopSerializer, responses=InstallationDetail)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, installation_name: str) -> Response:
        """Let it start nothing more; what runs is asked to end."""
        given = _given(StopSerializer, request)
        stopped = stop_installation(
            actor=self.actor, name=installation_name, reason=given["reason"]
        )
        return Response(InstallationDetail(stopped).data)

    @extend_schema(request=None, responses=InstallationDetail)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, installation_name: str) -> Response:
        """Let a stopped one start again."""
        return Response(
            InstallationDetail(resume_installation(actor=self.actor, name=installation_name)).data
        )


def _given(shape: type[Any], request: Request) -> dict[str, Any]:
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _wanted(given: Mapping[str, Any]) -> Wanted:
    hosts = given.get("hosts")
    return Wanted(**{**given, "hosts": None if hosts is None else tuple(hosts)})
