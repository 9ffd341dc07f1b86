"""Whom a partner-curated template names: tenants by slug, groups of them as `group:<name>`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from catalog.models import (
    GroupMember,
    PartnerGroup,
    TemplateAudience,
    Visibility,
    WorkflowTemplate,
)
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Problem
from maestro.tenancy.models import Tenant
from maestro.tenancy.models.tenant import SLUG

GROUP = "group:"
MOST = 200


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it names: (tenant, its slug, the group that names it); no tenant where none has the slug."""

    members: tuple[tuple[UUID | None, str, UUID | None], ...] = ()

    @property
    def names(self) -> list[str]:
        """The slugs, each once."""
        return sorted({slug for _, slug, _ in self.members})


def find_audience(
    tenant_id: UUID, names: Iterable[str], *, must_exist: bool = False
) -> tuple[Audience, list[Problem]]:
    """The tenants and groups of these names, and what is wrong with the others.

    A name that no tenant has is taken like any other, or a publisher would learn who is here; with
    `must_exist`, for the platform's own people, it is a problem. The groups are held until the
    transaction ends: who changes one waits, and finds what names it.
    """
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    problems = []
    if len(wanted) > MOST:
        problems.append(Problem("/audience", f"Name at most {MOST}; use a group.", "too_many"))
        return Audience(), problems
    groups = {
        group.name: group
        for group in PartnerGroup.objects.for_tenant(tenant_id)
        .select_for_update(no_key=True)
        .filter(name__in=[name.removeprefix(GROUP) for name in wanted if name.startswith(GROUP)])
        .order_by("name")
    }
    tenants = tenants_called(name for name in wanted if not name.startswith(GROUP))
    members: list[tuple[UUID | None, str, UUID | None]] = []
    for index, name in enumerate(wanted):
        group = groups.get(name.removeprefix(GROUP)) if name.startswith(GROUP) else None
        if group is not None:
            members += (
                (one.member_id, one.member_slug, group.pk)
                for one in GroupMember.objects.for_tenant(tenant_id).filter(group=group)
            )
        elif name in tenants or (may_be_tenant(name) and not must_exist):
            members.append((tenants.get(name), name, None))
        else:
            problems.append(
                Problem(
                    f"/audience/{index}",
                    f"There is no tenant or group of partners called {name[:100]}.",
                    "unknown_partner",
                    "Write a tenant's slug, or group: and the name of one of your groups.",
                )
            )
    return Audience(tuple(members)), problems


def tenants_called(slugs: Iterable[str]) -> dict[str, UUID]:
    """The tenants that have these slugs. One statement, whoever of them is here."""
    return dict(Tenant.objects.filter(slug__in=list(slugs)).values_list("slug", "pk"))


def may_be_tenant(name: str) -> bool:
    """Whether a tenant could be called so."""
    return re.match(SLUG.regex, name) is not None


def audience_problems(visibility: str, *, named: bool) -> list[Problem]:
    """What is wrong with naming somebody, or nobody, where `visibility` says who finds it."""
    if named and visibility != Visibility.PARTNERS:
        return [
            Problem(
                "/audience",
                "Only a partner-curated template names partners.",
                "audience_without_partners",
                "Choose partner-curated, or leave the partners out.",
            )
        ]
    if not named and visibility == Visibility.PARTNERS:
        return [
            Problem(
                "/audience",
                "Name at least one partner or group: nobody else finds it.",
                "partners_missing",
                "Or choose something else than named partners.",
            )
        ]
    return []


def audience_of(template: WorkflowTemplate) -> list[str]:
    """Whom the template names, as it is written: groups first, then tenants. One statement."""
    rows = TemplateAudience.objects.filter(template=template).values_list(
        "group__name", "member_slug"
    )
    groups = {f"{GROUP}{group}" for group, _ in rows if group}
    return [*sorted(groups), *sorted({slug for group, slug in rows if not group})]


def revision_of(visibility: str, names: Iterable[str]) -> str:
    """Who finds a template, in a word: another one as soon as that is. `names` is `audience_of` it."""
    return digest({"visibility": visibility, "audience": list(names)})


def write_audience(template: WorkflowTemplate, audience: Audience) -> None:
    """Let the template name these and nobody else."""
    TemplateAudience.objects.filter(template=template).delete()
    TemplateAudience.objects.bulk_create(
        TemplateAudience(
            tenant_id=template.tenant_id,
            template=template,
            member_id=member_id,
            member_slug=slug,
            group_id=group_id,
        )
        for member_id, slug, group_id in dict.fromkeys(audience.members)
    )
