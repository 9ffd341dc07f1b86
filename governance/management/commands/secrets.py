from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from governance.keyring import KeyRing, key_ring, rotate_key
from governance.models import Secret
from governance.secrets.sources import DATABASE
from governance.services.link_secret import link_secret
from governance.services.rewrap_secrets import JOBS, rewrap_secrets
from governance.slugs import id_of
from maestro.kernel.actor import system_actor
from maestro.kernel.commands import MaestroCommand


class Command(MaestroCommand):
    """`secrets status | rotate | rewrap`: the keys that stored secrets are wrapped by; `secrets link`
    says that one is kept elsewhere."""

    help = "Show, rotate or use the keys that wrap secrets, or say where a secret is kept."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        verbs = parser.add_subparsers(dest="what", required=True)
        verbs.add_parser("status", help="which keys wrap the stored secrets")
        verbs.add_parser("rotate", help="wrap new secrets by a new key")
        verbs.add_parser("rewrap", help="wrap all secrets by the active key")
        link = verbs.add_parser("link", help="read a tenant's secret from where it is kept")
        link.add_argument("--tenant", metavar="SLUG", required=True)
        link.add_argument("--name", required=True, help="what workflows call it by")
        link.add_argument("--source", required=True, help="environment, file or vault")
        link.add_argument(
            "--reference", required=True, help="below the tenant, as db/tracker#token"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how things stand. Keys are named by their ids, and never shown."""
        if options["what"] == "link":
            self._link(options)
            return
        try:
            ring = rotate_key() if options["what"] == "rotate" else key_ring()
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem)) from None
        unreadable = 0
        if options["what"] == "rewrap":
            found = rewrap_secrets()
            unreadable = found.unreadable
            self.stdout.write(f"{found.done} secrets were wrapped by {ring.active}.")
        self._status(ring)
        if unreadable:
            raise CommandError(f"{unreadable} secrets do not open. Set them again.")

    def _link(self, options: dict[str, Any]) -> None:
        tenant_id = id_of(options["tenant"], JOBS)
        row = link_secret(
            actor=system_actor("secrets link", tenant_id=tenant_id),
            tenant_id=tenant_id,
            name=options["name"],
            source=options["source"],
            reference=options["reference"],
        )
        self.stdout.write(f"{row.name} is read from {row.source}, {row.reference}.")

    def _status(self, ring: KeyRing) -> None:
        sealed = Secret.objects.using(JOBS).filter(source=DATABASE)
        counted = sealed.values_list("key_id").annotate(Count("pk"))
        held = dict(counted.order_by("key_id"))
        for key_id in sorted(ring.keys.keys() | held.keys(), key=lambda key: key != ring.active):
            state = "is missing: what it wraps can't be opened"
            if key_id == ring.active:
                state = "wraps new secrets"
            elif key_id in ring.keys:
                state = "opens old ones" if key_id in held else "is used no more; take it away"
            self.stdout.write(f"{key_id} {state}: {held.get(key_id, 0)} secrets")
