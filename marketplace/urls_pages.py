from django.urls import path, re_path

from marketplace.views import reading

_TEMPLATE = r"^marketplace/(?P<publisher>[-\w]+)/(?P<slug>[-\w]+)/"
_NUMBER = r"(?P<number>[0-9][0-9A-Za-z.+-]*)/"  # begins with a digit, as no other page here does

urlpatterns = [
    path("marketplace/", reading.template_list, name="list"),
    path("marketplace/<slug:publisher>/<slug:slug>/", reading.release, name="release"),
    path("marketplace/<slug:publisher>/<slug:slug>/tenants/", reading.adoptions, name="adoptions"),
    re_path(_TEMPLATE + _NUMBER + "$", reading.release, name="older"),
    re_path(_TEMPLATE + _NUMBER + "attestation/$", reading.attestation, name="attestation"),
    re_path(_TEMPLATE + _NUMBER + "act/$", reading.release_act, name="release-act"),
]
