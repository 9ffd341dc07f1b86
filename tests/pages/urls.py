"""The addresses that the pages name, so that they can be drawn by themselves."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def _page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.path)


catalog = ([path("workflows/", _page, name="list")], "catalog")
runtime = (
    [path("executions/", _page, name="list"), path("approvals/", _page, name="approvals")],
    "runtime",
)
admin = ([path("", _page, name="index")], "admin")
urlpatterns = [
    path("", _page, name="home"),
    path("", include("maestro.tenancy.urls")),
    path("", include(catalog)),
    path("", include(runtime)),
    path("admin/", include(admin)),
]
