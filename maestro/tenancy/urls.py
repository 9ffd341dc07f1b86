from django.contrib.auth.views import LogoutView
from django.urls import path

from maestro.tenancy import views

app_name = "tenancy"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("tenant/", views.switch_tenant, name="switch"),
    path("theme/", views.choose_theme, name="theme"),
]
