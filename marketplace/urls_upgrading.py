from django.urls import path, re_path

from marketplace.views import rolling_out, upgrading

_HERE = "installations/<slug:installation_name>/"
_TEMPLATE = r"^marketplace/(?P<publisher>[-\w]+)/(?P<slug>[-\w]+)/"
_NUMBER = r"(?P<number>[0-9][0-9A-Za-z.+-]*)/"

urlpatterns = [
    path(f"{_HERE}upgrade/", upgrading.upgrade, name="upgrade"),
    path(f"{_HERE}upgrade/preview/", upgrading.upgrade_preview, name="upgrade-preview"),
    path(f"{_HERE}roll-back/", upgrading.roll_back, name="roll_back"),
    path(
        "marketplace/<slug:publisher>/<slug:slug>/tenants/propose/",
        rolling_out.propose,
        name="propose",
    ),
    path(
        "marketplace/<slug:publisher>/<slug:slug>/tenants/live/",
        rolling_out.rollouts_live,
        name="rollouts-live",
    ),
    re_path(_TEMPLATE + _NUMBER + "resume/$", rolling_out.resume, name="resume_rollout"),
]
