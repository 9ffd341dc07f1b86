from django.urls import path

from maestro.runtime.views import presets
from maestro.runtime.views.run import run, run_preview
from marketplace.views import configuring, installations, installing

_ONE = "installations/<slug:installation_name>/"

urlpatterns = [
    path("marketplace/<slug:publisher>/<slug:slug>/install/", installing.install, name="install"),
    path("installations/", installations.installation_list, name="installations"),
    path(_ONE, installations.installation, name="installation"),
    path(f"{_ONE}configure/", configuring.configure, name="configure"),
    path(f"{_ONE}run/", run, name="run"),
    path(f"{_ONE}run/preview/", run_preview, name="run-preview"),
    path(f"{_ONE}run/presets/<uuid:preset_id>/delete/", presets.delete, name="delete-preset"),
    path(f"{_ONE}stop/", installations.stop, name="stop"),
    path(f"{_ONE}resume/", installations.resume, name="resume"),
    path(f"{_ONE}uninstall/", installations.remove, name="uninstall"),
]
