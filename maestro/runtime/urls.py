from django.http import HttpRequest, HttpResponse
from django.urls import path


def _x(request: HttpRequest, **kw: str) -> HttpResponse:
    return HttpResponse("x")


app_name = "runtime"
urlpatterns = [
    path("", _x, name="list"),
    path("latest/", _x, name="latest"),
    path("approvals/", _x, name="approvals"),
    path("new/<slug:publisher>/<slug:slug>/", _x, name="run"),
]
