from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.services.rotate_signing_key import rotate_signing_key
from governance.signing import signing_ring
from maestro.kernel.actor import system_actor


class Command(BaseCommand):
    """`signing show | rotate`: the keys that receipts and evidence are signed by."""

    help = "Show the public keys that verify what this Maestro signs, or sign with a new key."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        parser.add_argument("what", choices=["show", "rotate"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the public keys as PEM, the one that signs first."""
        try:
            if options["what"] == "rotate":
                ring = rotate_signing_key(actor=system_actor("signing rotate"))
            else:
                ring = signing_ring()
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem)) from None
        active = ring.signer.public.id
        for key in sorted(ring.trusted.values(), key=lambda key: key.id != active):
            self.stdout.write(f"# {key.id}{' signs' if key.id == active else ' verifies'}")
            self.stdout.write(key.pem.decode())
