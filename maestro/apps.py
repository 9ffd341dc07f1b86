"""The project's own app, and the admin site it puts in the place of Django's."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class MaestroConfig(AppConfig):
    name = "maestro"

    def ready(self) -> None:
        """Make the Celery application the current one in every process."""
        from maestro import celery  # noqa: F401


class ConsoleConfig(AdminConfig):
    default_site = "maestro.console.Console"

    def ready(self) -> None:
        """Find every app's admin, and last put the libraries' models into our clothes."""
        super().ready()
        from maestro.console import libraries  # noqa: F401
