from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from maestro.kernel.actor import system_actor
from maestro.kernel.commands import MaestroCommand
from maestro.tenancy.services.create_tenant import create_tenant


class Command(MaestroCommand):
    help = "Make a tenant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", default="")
        parser.add_argument("--time-zone", default="UTC")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = create_tenant(
            actor=system_actor("create_tenant"),
            slug=options["slug"],
            name=options["name"],
            time_zone=options["time_zone"],
        )
        self.stdout.write(f"Made the tenant {tenant.slug} ({tenant.pk}).")
