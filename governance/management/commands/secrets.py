from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from governance.keyring import KeyRing, key_ring, rotate_key
from governance.models import Secret
from governance.secrets.sources import DATABASE
from governance.services.rewrap_secrets import JOBS, rewrap_secrets


class Command(BaseCommand):
    """`secrets status | rotate | rewrap`: the keys that stored secrets are wrapped by."""

    help = "Show which keys wrap the stored secrets, wrap by a new key, or wrap all anew."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do."""
        parser.add_argument("what", choices=["status", "rotate", "rewrap"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say how things stand. Keys are named by their ids, and never shown."""
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
