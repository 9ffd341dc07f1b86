from django.urls import path

from maestro.runtime.views import secret_source, secrets

app_name = "secrets"
urlpatterns = [
    path("", secrets.secrets, name="list"),
    path("<slug:name>/", secrets.secret, name="one"),
    path("<slug:name>/link/", secret_source.link, name="link"),
    path("<slug:name>/delete/", secrets.delete, name="delete"),
]
