from __future__ import annotations

from typing import Any

from maestro.kernel.commands import MaestroCommand
from marketplace.services.install_system_workflows import install_system_workflows


class Command(MaestroCommand):
    help = "Install the workflows that Maestro itself runs by. Again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say which there are."""
        for version in install_system_workflows():
            self.stdout.write(f"{version.definition.address} {version.version}")
