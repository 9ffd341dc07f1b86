from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.signing import signing_ring
from governance.trust.archive import LARGEST
from governance.trust.evidence import BundleRefused, BundleUnreadable, verify_bundle
from governance.trust.keys import KeyUnusable, PublicKey, read_public_keys

NOT_VERIFIED, UNREADABLE = 1, 2


class Command(BaseCommand):
    """`verify_manifest FILE [--key K]`: ends with 0 verified, 1 not, 2 unreadable."""

    help = "Verify an evidence bundle, without a database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The bundle, and whom to trust."""
        parser.add_argument("file", type=Path, help="the bundle, a .tar.gz")
        parser.add_argument(
            "--key",
            type=Path,
            action="append",
            default=[],
            help="a file of public keys in PEM to trust, in place of this Maestro's own",
        )
        parser.add_argument(
            "--threshold",
            type=int,
            default=1,
            help="how many of the keys must have signed it (1)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify it, and say what it proves or the first difference."""
        keys = _keys(options["key"])
        raw = _read(options["file"])
        try:
            found = verify_bundle(raw, keys, threshold=max(1, options["threshold"]))
        except BundleUnreadable as problem:
            raise CommandError(f"Unreadable. {problem}", returncode=UNREADABLE) from None
        except BundleRefused as problem:
            raise CommandError(f"Not verified. {problem}", returncode=NOT_VERIFIED) from None
        self.stdout.write(f"Verified. {found.digest}")
        for key in sorted(found.signers):
            self.stdout.write(f"  signed by key {key}")
        workflow = found.record["workflow"]
        for name in ("address", "version", "digest"):
            if name in workflow:
                self.stdout.write(f"  workflow {name} {workflow[name]}")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            limit = LARGEST // 1024**2
            raise CommandError(f"Unreadable. It is larger than {limit} MiB.", returncode=UNREADABLE)
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(
            f"Unreadable. {path}: {problem.strerror}.", returncode=UNREADABLE
        ) from None


def _keys(files: list[Path]) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    try:
        for path in files:
            keys |= read_public_keys(_read(path))
        return keys or dict(signing_ring().trusted)
    except (KeyUnusable, ImproperlyConfigured) as problem:
        raise CommandError(f"The key can't be used. {problem}", returncode=UNREADABLE) from None
