from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "maestro.api"
    label = "api"
    verbose_name = "API"
