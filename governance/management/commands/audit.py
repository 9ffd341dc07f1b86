from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils.dateparse import parse_date, parse_datetime

from governance.audit.rows import read_heads
from governance.services.export_audit import export_audit
from governance.services.verify_audit import Checked, NotAnExport, verify_audit, verify_export
from maestro.kernel.tenant import PLATFORM_TENANT

NOT_VERIFIED, UNREADABLE = 1, 2
READER = "platform"  # the role that reads every tenant's rows and writes none
OURS = "(platform)"  # what the platform's own records go by


class Command(BaseCommand):
    """`audit verify | head | export`; `verify` ends with 0 verified, 1 not, 2 unreadable."""

    help = "Verify the audit trail, print what proves its end, or export it."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and for which tenant."""
        verbs = parser.add_subparsers(dest="what", required=True)
        verify = verbs.add_parser("verify", help="find the first entry that was changed or removed")
        verify.add_argument("--tenant", metavar="SLUG", help="one tenant; all without it")
        verify.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="HASH",
            help="a head that was kept elsewhere: some chain must still have it",
        )
        verify.add_argument("--file", type=Path, help="an export, verified without a database")
        verbs.add_parser("head", help="print each tenant's last entry, to keep elsewhere")
        export = verbs.add_parser("export", help="write the audit trail as JSON Lines")
        export.add_argument("--tenant", metavar="SLUG", required=True)
        export.add_argument("--since", metavar="TIME", help="a date or a time in ISO 8601, UTC")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            match options["what"]:
                case "verify" if options["file"]:
                    self._report([self._verify_file(options["file"], options["head"])], options)
                case "verify":
                    self._report(self._verify(options["tenant"], options["head"]), options)
                case "head":
                    self._heads()
                case "export":
                    self._export(options["tenant"], options["since"])
        except Error as problem:
            raise CommandError(f"Unreadable. {problem}", returncode=UNREADABLE) from None

    def _verify(self, slug: str | None, heads: list[str]) -> Iterator[tuple[str, Checked]]:
        for name, tenant_id in _tenants(slug).items():
            yield name, verify_audit(tenant_id=tenant_id, using=READER, heads=heads)

    def _verify_file(self, path: Path, heads: list[str]) -> tuple[str, Checked]:
        try:
            with path.open(encoding="utf-8") as lines:
                return path.name, verify_export(lines, heads=heads)
        except (OSError, UnicodeDecodeError, NotAnExport) as problem:
            raise CommandError(f"Unreadable. {path}: {problem}", returncode=UNREADABLE) from None

    def _report(self, chains: Any, options: dict[str, Any]) -> None:
        found: set[str] = set()
        wrong = 0
        for name, checked in chains:
            found |= checked.heads
            if checked.fault:
                wrong += 1
                self.stdout.write(f"{name}: not verified. {checked.fault.message}")
            self.stdout.write(
                f"{name}: {checked.entries} entries verified, {checked.waiting} wait to be linked."
                f" head {checked.seq} {checked.head}".rstrip()
            )
        for head in options["head"]:
            if head not in found:
                wrong += 1
                self.stdout.write(
                    f"No verified entry has the head {head}: the end of a chain was cut off, or it"
                    " was made anew."
                )
        if wrong:
            raise CommandError("Not verified.", returncode=NOT_VERIFIED)

    def _heads(self) -> None:
        tenants = _tenants(None)
        heads = read_heads(READER, tenants.values())
        for name, tenant_id in tenants.items():
            if str(tenant_id) in heads:
                seq, head = heads[str(tenant_id)]
                self.stdout.write(f"{name} {seq} {head}")

    def _export(self, slug: str, since: str | None) -> None:
        moment = _moment(since) if since else None
        for tenant_id in _tenants(slug).values():
            for line in export_audit(tenant_id=tenant_id, since=moment, using=READER):
                self.stdout.write(line, ending="")


def _tenants(slug: str | None) -> dict[str, UUID]:
    """The tenants by name. Governance has no tenants: it asks whoever keeps them."""
    rows = apps.get_model("tenancy.Tenant")._default_manager.using(READER).order_by("slug")
    known: dict[str, UUID] = {OURS: PLATFORM_TENANT, **dict(rows.values_list("slug", "pk"))}
    if slug is None:
        return known
    if slug not in known:
        raise CommandError(f"There is no tenant called {slug}.", returncode=UNREADABLE)
    return {slug: known[slug]}


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
        day = None if moment else parse_date(text)
    except ValueError:
        moment = day = None
    if moment is None and day is None:
        raise CommandError(f"{text} is no date or time in ISO 8601.", returncode=UNREADABLE)
    if moment is None and day is not None:
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert moment is not None  # noqa: S101 - one of the two was there
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
