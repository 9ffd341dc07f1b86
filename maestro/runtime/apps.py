from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    name = "maestro.runtime"
    label = "runtime"
    verbose_name = "Runtime"
