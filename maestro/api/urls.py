"""The API's addresses, each with and without its last slash, without redirecting."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from maestro.api.docs import DocsView
from maestro.api.problems import no_such_address
from maestro.api.views.access import AccessViewSet
from maestro.api.views.audit import AuditViewSet
from maestro.api.views.executions import ExecutionViewSet
from maestro.api.views.installations import InstallationViewSet
from maestro.api.views.me import MeView
from maestro.api.views.partner_groups import PartnerGroupViewSet
from maestro.api.views.policy import PolicyPreviewView
from maestro.api.views.publishing import (
    NUMBER,
    SLUG,
    ReleaseMoves,
    SubmissionViewSet,
    TemplateViewSet,
)
from maestro.api.views.purposes import PolicyDataView, PurposeViewSet
from maestro.api.views.secrets import SecretViewSet
from maestro.api.views.simulate import SimulateView
from maestro.api.views.templates import TEMPLATE, FoundReleases, FoundTemplates
from maestro.api.views.tokens import TokenViewSet
from maestro.api.views.versions import ValidateView, VersionViewSet
from maestro.api.views.workflows import ADDRESS, WorkflowViewSet

router = SimpleRouter()
router.trailing_slash = "/?"
router.register("access", AccessViewSet, basename="access")
router.register("audit", AuditViewSet, basename="audit")
router.register("executions", ExecutionViewSet, basename="execution")
router.register(rf"releases/(?P<address>{TEMPLATE})", FoundReleases, basename="found_release")
router.register("templates", FoundTemplates, basename="found_template")
router.register("installations", InstallationViewSet, basename="installation")
router.register("tokens", TokenViewSet, basename="token")
router.register("policy/preview", PolicyPreviewView, basename="policy_preview")
router.register("partner-groups", PartnerGroupViewSet, basename="partner_group")
router.register("purposes", PurposeViewSet, basename="purpose")
router.register(
    rf"releases/(?P<publisher>{SLUG})/(?P<template_slug>{SLUG})/(?P<number>{NUMBER})",
    ReleaseMoves,
    basename="release_moves",
)
router.register("submissions", SubmissionViewSet, basename="submission")
router.register("templates", TemplateViewSet, basename="template")
router.register("secrets", SecretViewSet, basename="secret")
router.register("simulate", SimulateView, basename="simulate")
router.register("validate", ValidateView, basename="validate")
router.register(
    rf"workflows/(?P<workflow_slug>{ADDRESS})/versions", VersionViewSet, basename="version"
)
router.register("workflows", WorkflowViewSet, basename="workflow")

app_name = "api"
urlpatterns = [
    path("", include(router.urls)),
    re_path(r"^me/?$", MeView.as_view({"get": "retrieve", "patch": "partial_update"}), name="me"),
    re_path(
        r"^policy/data/?$",
        PolicyDataView.as_view({"get": "retrieve", "put": "update"}),
        name="policy_data",
    ),
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^docs/?$", DocsView.as_view(), name="docs"),
    re_path(r"", no_such_address),
]
