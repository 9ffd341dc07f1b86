from django.urls import path

from marketplace.views import upgrading

_HERE = "installations/<slug:installation_name>/"

urlpatterns = [
    path(f"{_HERE}upgrade/", upgrading.upgrade, name="upgrade"),
    path(f"{_HERE}roll-back/", upgrading.roll_back, name="roll_back"),
]
