"""The people one can try it as: two tenants, four people in each, an installer, the platform's own."""

from __future__ import annotations

import os
from dataclasses import dataclass

from maestro.tenancy.models import PlatformRole, Role

DEMO_PASSWORD = os.environ.get("MAESTRO_DEMO_PASSWORD", "maestro-demo")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One demo account. A person has a tenant and roles there, or platform roles."""

    email: str
    name: str
    tenant: str = ""
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    platform_roles: tuple[str, ...] = ()


DEMO_TENANTS = {"acme": ("Acme", "Europe/Lisbon"), "globex": ("Globex", "America/New_York")}

_NAMES = {
    "acme": ("Vera Lopes", "Ines Ferreira", "Tomás Okafor", "Mara Lindqvist"),
    "globex": ("Victor Hale", "Olga Brandt", "Arun Mehta", "Ada Whitfield"),
}
_SEATS = (
    ("viewer", (Role.VIEWER,), ()),
    ("operator", (Role.OPERATOR,), ("People Ops",)),
    ("author", (Role.AUTHOR,), ("People Ops", "Platform Security")),
    ("admin", (Role.ADMIN,), ("Platform Security",)),
)
_INSTALLER = DemoPerson(
    email="installer@globex.test", name="Ivy Chen", tenant="globex", roles=(Role.INSTALLER,)
)
_PLATFORM = (
    ("security-reviewer", "Sana Qureshi", PlatformRole.SECURITY_REVIEWER),
    ("performance-reviewer", "Pavel Novak", PlatformRole.PERFORMANCE_REVIEWER),
    ("docs-reviewer", "Dora Lindt", PlatformRole.DOCS_REVIEWER),
    ("approver", "Amara Diallo", PlatformRole.APPROVER),
    ("publisher", "Paula Stern", PlatformRole.PUBLISHER),
    ("auditor", "Aino Laine", PlatformRole.AUDITOR),
    ("platform-admin", "Piet de Vries", PlatformRole.PLATFORM_ADMIN),
)


def demo_people() -> list[DemoPerson]:
    """Every demo account, the tenants' first."""
    people = [
        DemoPerson(
            email=f"{account}@{tenant}.test", name=name, tenant=tenant, roles=roles, teams=teams
        )
        for tenant, names in _NAMES.items()
        for (account, roles, teams), name in zip(_SEATS, names, strict=True)
    ]
    people.append(_INSTALLER)
    return people + [
        DemoPerson(email=f"{account}@platform.test", name=name, platform_roles=(role,))
        for account, name, role in _PLATFORM
    ]
