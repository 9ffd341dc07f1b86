"""The API's addresses, each with and without its last slash, without redirecting."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from maestro.api.views.executions import ExecutionViewSet
from maestro.api.views.simulate import SimulateView
from maestro.api.views.tokens import TokenViewSet
from maestro.api.views.workflows import ADDRESS, ValidateView, VersionViewSet, WorkflowViewSet

router = SimpleRouter(trailing_slash="/?")
router.register("executions", ExecutionViewSet, basename="execution")
router.register("tokens", TokenViewSet, basename="token")
router.register("simulate", SimulateView, basename="simulate")
router.register("validate", ValidateView, basename="validate")
router.register(
    rf"workflows/(?P<workflow_slug>{ADDRESS})/versions", VersionViewSet, basename="version"
)
router.register("workflows", WorkflowViewSet, basename="workflow")

app_name = "api"
urlpatterns = [
    path("", include(router.urls)),
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^docs/?$", SpectacularSwaggerView.as_view(url_name="api:schema"), name="docs"),
]
