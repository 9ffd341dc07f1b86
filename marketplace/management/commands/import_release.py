from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from governance.trust.carried import LARGEST
from maestro.kernel.actor import system_actor
from maestro.kernel.errors import InvalidInput, MaestroError
from marketplace.services.import_release import import_release


class Command(BaseCommand):
    """`import_release FILE [--for TENANT]…`."""

    help = "Take in a release that another Maestro packed, verified by its publisher's keys."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which, and for whom."""
        parser.add_argument("file", type=Path, help="the bundle, a .tar.gz")
        parser.add_argument(
            "--for",
            dest="audience",
            action="append",
            default=[],
            metavar="TENANT",
            help="a tenant that finds it, in place of everybody; may be given more than once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import it, and say what it is."""
        try:
            imported = import_release(
                actor=system_actor("import_release"),
                raw=_read(options["file"]),
                audience=options["audience"],
            )
        except InvalidInput as problem:
            lines = [f"{one.path}: {one.message} {one.hint}".strip() for one in problem.problems]
            raise CommandError("\n".join([problem.message, *lines])) from None
        except MaestroError as problem:
            raise CommandError(f"{problem.message} {problem.hint}".strip()) from None
        release = imported.release
        what = "Imported" if imported.created else "Here already"
        self.stdout.write(f"{what}: {release.address}@{release.number}  {release.digest}")


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise CommandError(f"{path} is larger than {LARGEST // 1024**2} MiB.")
        return path.read_bytes()
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}.") from None
