from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from maestro.kernel.actor import system_actor
from maestro.kernel.commands import MaestroCommand
from maestro.tenancy.models import PlatformRole, Role, Tenant
from maestro.tenancy.services.add_member import add_member
from maestro.tenancy.services.create_user import create_user


class Command(MaestroCommand):
    help = (
        "Make a person, with a place in a tenant or a role for the platform. The password is read"
        " from MAESTRO_PASSWORD, or asked for."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--tenant", help="the slug of a tenant to give them a place in")
        parser.add_argument("--role", action="append", default=[], choices=Role.values)
        parser.add_argument("--team", action="append", default=[])
        parser.add_argument(
            "--platform-role", action="append", default=[], choices=PlatformRole.values
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tenant"] and not options["role"]:
            raise CommandError("Say what they may do in the tenant: --role viewer, for example.")
        tenant = None
        if options["tenant"]:
            tenant = Tenant.objects.filter(slug=options["tenant"]).first()
            if tenant is None:
                raise CommandError(f"There is no tenant called {options['tenant']}.")
        password = os.environ.get("MAESTRO_PASSWORD") or getpass.getpass("Password: ")
        with transaction.atomic():
            user = create_user(
                email=options["email"],
                name=options["name"],
                password=password,
                platform_roles=options["platform_role"],
            )
            if tenant:
                add_member(
                    actor=system_actor("create_user"),
                    tenant=tenant,
                    user=user,
                    roles=options["role"],
                    teams=options["team"],
                )
        self.stdout.write(f"Made {user.email} ({user.pk}).")
