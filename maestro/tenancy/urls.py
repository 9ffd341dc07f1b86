from django.contrib.auth.views import LogoutView
from django.urls import path

from maestro.tenancy.views import access, preferences, tokens

app_name = "tenancy"
urlpatterns = [
    path("sign-in/", access.SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("tenant/", access.switch_tenant, name="switch"),
    path("theme/", access.choose_theme, name="theme"),
    path("settings/", preferences.settings_home, name="settings"),
    path("settings/preferences/", preferences.preferences, name="preferences"),
    path("settings/tokens/", tokens.tokens, name="tokens"),
    path("settings/tokens/<uuid:token_id>/revoke/", tokens.revoke, name="token_revoke"),
]
