from django.urls import path

from maestro.runtime.views import secrets

app_name = "secrets"
urlpatterns = [
    path("", secrets.secrets, name="list"),
    path("<slug:name>/", secrets.secret, name="one"),
    path("<slug:name>/delete/", secrets.delete, name="delete"),
]
