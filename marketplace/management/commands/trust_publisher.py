from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.services.trust_key import distrust_key
from maestro.kernel.actor import system_actor
from maestro.kernel.errors import MaestroError
from marketplace.services.trust_publisher import trust_publisher

LARGEST = 64 * 1024  # bytes


class Command(BaseCommand):
    """`trust_publisher PUBLISHER KEYS.pub`, and `--revoke KEY_ID` for the way back."""

    help = "Trust the keys of a publisher elsewhere, so that its releases can be imported and run."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and which keys."""
        parser.add_argument("publisher", help="the name it publishes under")
        parser.add_argument("keys", nargs="?", type=Path, help="a file of public keys in PEM")
        parser.add_argument("--name", default="", help="what people read, the first time")
        parser.add_argument("--revoke", metavar="KEY_ID", help="trust this key no more")

    def handle(self, *args: Any, **options: Any) -> None:
        """Change the list, and say how it is."""
        actor = system_actor("trust_publisher")
        publisher = options["publisher"]
        if bool(options["keys"]) == bool(options["revoke"]):
            raise CommandError("Give a file of keys to trust, or --revoke with a key's id.")
        try:
            if options["revoke"]:
                gone = distrust_key(actor=actor, publisher=publisher, key_id=options["revoke"])
                self.stdout.write(f"No longer trusted for {publisher}: {gone.key_id}")
                return
            made = trust_publisher(
                actor=actor, publisher=publisher, pem=_read(options["keys"]), name=options["name"]
            )
        except MaestroError as problem:
            raise CommandError(f"{problem.message} {problem.hint}".strip()) from None
        for row in made:
            self.stdout.write(f"Trusted for {publisher}: {row.key_id}")
        if not made:
            self.stdout.write(f"These keys are trusted for {publisher} already.")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path} is larger than {LARGEST // 1024} KiB.")
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}.") from None
