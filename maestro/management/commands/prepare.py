from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command

from maestro.kernel.commands import MaestroCommand
from marketplace.services.install_system_workflows import install_system_workflows


class Command(MaestroCommand):
    help = (
        "Bring the database up to date: its tables, the workflows that Maestro itself runs by and,"
        " where there are demo accounts, the examples. Again changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """In one process, because each takes seconds to start."""
        call_command("migrate", database="owner", interactive=False, stdout=self.stdout)
        for version in install_system_workflows():
            self.stdout.write(f"{version.definition.address} {version.version}")
        if settings.MAESTRO_DEMO:
            call_command("load_examples", stdout=self.stdout, stderr=self.stderr)
