from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError

from maestro.kernel.actor import system_actor
from maestro.kernel.clock import now
from maestro.kernel.commands import MaestroCommand
from maestro.tenancy.models import Tenant, User
from maestro.tenancy.services.create_token import create_token


class Command(MaestroCommand):
    help = "Make an API token and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True)
        parser.add_argument("--user", required=True, help="the person's address")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scope", action="append", default=None)
        parser.add_argument("--days", type=int, help="days until it expires; never when not given")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        user = User.objects.filter(email=options["user"].lower()).first()
        if tenant is None:
            raise CommandError(f"There is no tenant called {options['tenant']}.")
        if user is None:
            raise CommandError(f"There is nobody with the address {options['user']}.")
        expires = now() + timedelta(days=options["days"]) if options["days"] else None
        _, raw = create_token(
            actor=system_actor("create_token", tenant_id=tenant.pk),
            tenant=tenant,
            user=user,
            name=options["name"],
            scopes=options["scope"],
            expires_at=expires,
        )
        self.stdout.write(raw)
