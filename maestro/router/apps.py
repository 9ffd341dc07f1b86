from django.apps import AppConfig


class RouterConfig(AppConfig):
    name = "maestro.router"
    label = "router"
