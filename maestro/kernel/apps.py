from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "maestro.kernel"
    label = "kernel"
