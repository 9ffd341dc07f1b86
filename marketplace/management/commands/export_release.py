from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maestro.kernel.actor import Actor, ActorKind, Channel
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.errors import MaestroError
from maestro.kernel.tenant import PLATFORM_TENANT
from maestro.tenancy.models import Tenant
from marketplace.services.export_release import export_release


class Command(BaseCommand):
    """`export_release PUBLISHER/SLUG[@NUMBER] FILE`."""

    help = "Pack a release for another Maestro, which needs no network to verify it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which, and where to."""
        parser.add_argument("release", help="publisher/slug, the latest, or with @number")
        parser.add_argument("file", type=Path, help="where to write the bundle, a .tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the bundle, and say its digest."""
        publisher = options["release"].partition("/")[0]
        tenant = Tenant.objects.filter(slug=publisher).first()
        actor = Actor(
            kind=ActorKind.SYSTEM,
            name="export_release",
            tenant_id=tenant.pk if tenant else PLATFORM_TENANT,
            channel=Channel.CLI,
        )
        try:
            exported = export_release(actor=actor, address=options["release"])
        except MaestroError as problem:
            raise CommandError(f"{problem.message} {problem.hint}".strip()) from None
        try:
            options["file"].write_bytes(exported.content)
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}.") from None
        self.stdout.write(f"{options['file']}  {digest_bytes(exported.content)}")
