from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import CommandError
from django.db import transaction

from catalog.examples import FOLDER, RELEASES, example_source, release_source
from catalog.services.edit_metadata import edit_metadata
from catalog.services.freeze_version import Frozen, VersionTaken, freeze_version
from governance.models import Secret
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor, ActorKind, Channel, system_actor
from maestro.kernel.commands import MaestroCommand
from maestro.kernel.errors import InvalidInput, MaestroError
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.demo import DEMO_PASSWORD, DEMO_TENANTS, DemoPerson, demo_people
from maestro.tenancy.models import PlatformRole, Tenant, User
from maestro.tenancy.services.add_member import add_member
from maestro.tenancy.services.create_tenant import create_tenant
from maestro.tenancy.services.create_user import create_user
from marketplace.demo import Cast, fill_marketplace

PRACTICE_TOKEN = "practice-token"  # noqa: S105 - the practice world's, and known to everybody
SECRETS = {
    "directory_admin": "May suspend accounts in the practice world",
    "ticket_writer": "May open tickets in the practice world",
    "vault_writer": "May rotate credentials in the practice world",
}
WORKFLOWS = {
    "acme": [
        "offboard-employee",
        "welcome-newcomer",
        "investigate-cost-anomaly",
        "rotate-credentials",
        "collect-access-evidence",
        "sync-licences",
    ],
    "globex": ["welcome-newcomer", "rotate-credentials"],
}
GLOBAL = {"acme": ["collect-access-evidence"]}
LATER = {"acme": [("welcome-newcomer", "2.0.0")]}


class Command(MaestroCommand):
    help = "Load the demo accounts and the example pack. Again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MAESTRO_DEMO:
            raise CommandError("Demo accounts have well-known passwords: not in production.")
        people = demo_people()
        tenants: dict[str, Tenant] = {}
        accounts: dict[str, User] = {}
        for slug, (name, zone) in DEMO_TENANTS.items():
            tenant = Tenant.objects.filter(slug=slug).first() or create_tenant(
                actor=system_actor("load_examples"),
                slug=slug,
                name=name,
                time_zone=str(ZoneInfo(zone)),
            )
            users = {
                person.email: self._person(person, tenant)
                for person in people
                if person.tenant == slug
            }
            tenants[slug] = tenant
            accounts |= users
            self._secrets(tenant, users[f"admin@{slug}.test"])
            self._workflows(tenant, users[f"author@{slug}.test"])
        for person in people:
            if not person.tenant:
                accounts[person.email] = self._person(person, None)
        try:
            fill_marketplace(_cast(tenants, accounts))
        except MaestroError as refusal:  # policies of their own may want it otherwise
            self.stderr.write(f"The marketplace's examples are left out. {refusal.message}")
        self.stdout.write(f"Loaded {sum(map(len, WORKFLOWS.values()))} example workflows.")

    def _person(self, person: DemoPerson, tenant: Tenant | None) -> User:
        user = User.objects.filter(email=person.email).first()
        if user is not None:
            return user
        # Whole or not at all: who is there already is left as they are, with a password or without.
        with transaction.atomic():
            user = create_user(
                email=person.email,
                name=person.name,
                platform_roles=person.platform_roles,
            )
            user.password = self._password
            user.save(update_fields=["password"])
            if tenant is not None:
                add_member(
                    actor=system_actor("load_examples"),
                    tenant=tenant,
                    user=user,
                    roles=person.roles,
                    teams=person.teams,
                )
        return user

    @cached_property
    def _password(self) -> str:
        """Hashed once for all of them: it is well known, and hashing is slow."""
        return make_password(DEMO_PASSWORD)

    def _secrets(self, tenant: Tenant, admin: User) -> None:
        actor = _actor(tenant, admin, "admin")
        with tenant_scope(tenant.pk):
            stored = set(Secret.objects.for_tenant(tenant.pk).values_list("name", flat=True))
        for name, description in SECRETS.items():
            if name not in stored:
                set_secret(
                    actor=actor,
                    tenant_id=tenant.pk,
                    name=name,
                    value=PRACTICE_TOKEN,
                    description=description,
                )

    def _workflows(self, tenant: Tenant, author: User) -> None:
        actor = _actor(tenant, author, "author")
        for name in WORKFLOWS[tenant.slug]:
            source = example_source(name)
            if source is None:
                raise CommandError(f"The example {name} is missing from {FOLDER}.")
            frozen = self._freeze(actor, source)
            if frozen is not None and frozen.created and name in GLOBAL.get(tenant.slug, ()):
                edit_metadata(
                    actor=actor,
                    tenant_id=tenant.pk,
                    definition_id=frozen.version.definition_id,
                    changes={"scope": "global"},
                )
        for name, number in LATER.get(tenant.slug, ()):
            source = release_source(name, number)
            if source is None:
                raise CommandError(f"The release {number} of {name} is missing from {RELEASES}.")
            self._freeze(actor, source)

    def _freeze(self, actor: Actor, source: str) -> Frozen | None:
        """None where what is there stays: it was frozen with another port of the practice world, or
        somebody froze a higher version since."""
        try:
            return freeze_version(
                actor=actor, source=source.encode(), media_type="application/yaml"
            )
        except (VersionTaken, InvalidInput) as taken:
            self.stderr.write(f"An example stays as it is. {taken.message}")
            return None


def _cast(tenants: Mapping[str, Tenant], accounts: Mapping[str, User]) -> Cast:
    acme, globex = tenants["acme"], tenants["globex"]
    staff = {
        role: _staff(accounts[person.email], role, PLATFORM_TENANT)
        if role == PlatformRole.PLATFORM_ADMIN
        else _staff(accounts[person.email], role, acme.pk)
        for person in demo_people()
        for role in person.platform_roles
    }
    return Cast(
        author=_actor(acme, accounts["author@acme.test"], "author"),
        admin=_actor(globex, accounts["admin@globex.test"], "admin"),
        operator=_actor(globex, accounts["operator@globex.test"], "operator", "practice"),
        platform=staff,
    )


def _staff(user: User, role: str, tenant_id: UUID) -> Actor:
    """One of the platform's people, acting in a tenant as the console lets them."""
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant_id,
        platform_roles=frozenset({role}),
        channel=Channel.ADMIN,  # policy lets nobody decide on a release elsewhere
        purpose="platform.operations",
    )


def _actor(tenant: Tenant, user: User, role: str, purpose: str = "workflow.authoring") -> Actor:
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant.pk,
        tenant_slug=tenant.slug,
        roles=frozenset({role}),
        channel=Channel.CLI,
        purpose=purpose,
    )
