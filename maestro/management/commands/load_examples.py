from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import CommandError

from catalog.examples import FOLDER, example_source
from catalog.services.edit_metadata import edit_metadata
from catalog.services.freeze_version import freeze_version
from governance.models import Secret
from governance.services.set_secret import set_secret
from maestro.kernel.actor import Actor, ActorKind, Channel, system_actor
from maestro.kernel.commands import MaestroCommand
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.demo import DEMO_PASSWORD, DEMO_TENANTS, DemoPerson, demo_people
from maestro.tenancy.models import Tenant, User
from maestro.tenancy.services.add_member import add_member
from maestro.tenancy.services.create_tenant import create_tenant
from maestro.tenancy.services.create_user import create_user

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


class Command(MaestroCommand):
    help = "Load the demo accounts and the example pack. Again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.MAESTRO_DEMO:
            raise CommandError("Demo accounts have well-known passwords: not in production.")
        people = demo_people()
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
            self._secrets(tenant, users[f"admin@{slug}.test"])
            self._workflows(tenant, users[f"author@{slug}.test"])
        for person in people:
            if not person.tenant:
                self._person(person, None)
        self.stdout.write(f"Loaded {sum(map(len, WORKFLOWS.values()))} example workflows.")

    def _person(self, person: DemoPerson, tenant: Tenant | None) -> User:
        user = User.objects.filter(email=person.email).first()
        if user is not None:
            return user
        user = create_user(
            email=person.email,
            name=person.name,
            password=DEMO_PASSWORD,
            platform_roles=person.platform_roles,
        )
        if tenant is not None:
            add_member(
                actor=system_actor("load_examples"),
                tenant=tenant,
                user=user,
                roles=person.roles,
                teams=person.teams,
            )
        return user

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
            frozen = freeze_version(
                actor=actor, source=source.encode(), media_type="application/yaml"
            )
            if frozen.created and name in GLOBAL.get(tenant.slug, ()):
                edit_metadata(
                    actor=actor,
                    tenant_id=tenant.pk,
                    definition_id=frozen.version.definition_id,
                    changes={"scope": "global"},
                )


def _actor(tenant: Tenant, user: User, role: str) -> Actor:
    return Actor(
        kind=ActorKind.USER,
        id=user.pk,
        name=user.name,
        email=user.email,
        tenant_id=tenant.pk,
        tenant_slug=tenant.slug,
        roles=frozenset({role}),
        channel=Channel.CLI,
        purpose="workflow.authoring",
    )
