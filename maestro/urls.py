"""Every address of Maestro."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="catalog:list"), name="home"),
    path("", include("maestro.tenancy.urls")),
    path("admin/", admin.site.urls),
]
