from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from catalog.models import GroupMember, PartnerGroup, TemplateAudience
from governance.models import Decision
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import InvalidInput, NotFound, Problem, TenantRequired
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.policies import TEMPLATE_READ, TEMPLATE_UPDATE, templates_of
from marketplace.wanted import NAME

GROUPS, MEMBERS = 100, 500
"""The most groups of a publisher, and the most partners of a group."""


@dataclass(frozen=True, slots=True)
class Partners:
    """A group of partners: its name, and the slugs of its tenants in alphabetical order."""

    name: str
    members: Sequence[str]


def read_partner_groups(*, actor: Actor) -> list[Partners]:
    """The groups of the actor's tenant, by name. Two statements. Raises `Denied`."""
    tenant_id = _tenant_of(actor)
    with tenant_scope(tenant_id):
        authorize(actor=actor, action=TEMPLATE_READ, resource=templates_of(tenant_id))
        groups = PartnerGroup.objects.for_tenant(tenant_id).prefetch_related("members")
        return [
            Partners(group.name, sorted(one.member_slug for one in group.members.all()))
            for group in groups.order_by("name")
        ]


def set_partner_group(*, actor: Actor, name: str, members: Iterable[str]) -> Partners:
    """Let a group name exactly these tenants, by slug; a group that is new is made.

    Each template that names the group is found by them from now on, and by nobody who left it. What
    they installed stays. Raises `Denied`, `InvalidInput` with every problem.
    """
    tenant_id = _tenant_of(actor)
    slugs = sorted({slug.strip() for slug in members if slug.strip()})
    with tenant_scope(tenant_id):
        decision = authorize(actor=actor, action=TEMPLATE_UPDATE, resource=templates_of(tenant_id))
        known = {one.slug: one.pk for one in Tenant.objects.filter(slug__in=slugs[: MEMBERS + 1])}
        problems = [*_of_name(tenant_id, name), *_of_members(slugs, known)]
        if problems:
            raise InvalidInput("The group can't be like this.", problems=problems)
        group, _ = PartnerGroup.objects.get_or_create(tenant_id=tenant_id, name=name)
        # Two who change it come one after the other.
        group = PartnerGroup.objects.select_for_update().get(pk=group.pk)
        before = sorted(group.members.values_list("member_slug", flat=True))
        if before != slugs:
            _write(group, {slug: known[slug] for slug in slugs})
            _prove(actor, group, decision, before, slugs)
    return Partners(name, slugs)


def delete_partner_group(*, actor: Actor, name: str) -> None:
    """Take a group away: whom it alone named finds the templates no longer.

    Raises `Denied`, `NotFound`.
    """
    tenant_id = _tenant_of(actor)
    with tenant_scope(tenant_id):
        decision = authorize(actor=actor, action=TEMPLATE_UPDATE, resource=templates_of(tenant_id))
        group = (
            PartnerGroup.objects.for_tenant(tenant_id).select_for_update().filter(name=name).first()
        )
        if group is None:
            raise NotFound("There is no such group of partners.", hint="Look at the list of them.")
        before = sorted(group.members.values_list("member_slug", flat=True))
        _prove(actor, group, decision, before, [])
        group.delete()


def _tenant_of(actor: Actor) -> UUID:
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    return actor.tenant_id


def _of_name(tenant_id: UUID, name: str) -> list[Problem]:
    if not NAME.fullmatch(name):
        message = "Give it a name of lower-case letters, digits and hyphens, 63 at most."
        return [Problem("/name", message, "invalid_name", "For example resellers.")]
    groups = PartnerGroup.objects.for_tenant(tenant_id)
    if not groups.filter(name=name).exists() and groups.count() >= GROUPS:
        return [Problem("/name", f"There are {GROUPS} groups already.", "too_many")]
    return []


def _of_members(slugs: list[str], known: dict[str, UUID]) -> list[Problem]:
    if not 0 < len(slugs) <= MEMBERS:
        message = f"Name between 1 and {MEMBERS} tenants."
        return [Problem("/members", message, "out_of_range", "Or take the group away.")]
    return [
        Problem(
            "/members", f"There is no tenant called {slug[:63]}.", "unknown_partner", "Write slugs."
        )
        for slug in slugs
        if slug not in known
    ]


def _write(group: PartnerGroup, members: dict[str, UUID]) -> None:
    """The group, and who finds what names it: a row each, so that row security looks once."""
    templates = set(
        TemplateAudience.objects.filter(group=group).values_list("template_id", flat=True)
    )
    group.members.all().delete()
    TemplateAudience.objects.filter(group=group).delete()
    own = {"tenant_id": group.tenant_id, "group": group}
    GroupMember.objects.bulk_create(
        GroupMember(**own, member_id=tenant_id, member_slug=slug)
        for slug, tenant_id in members.items()
    )
    TemplateAudience.objects.bulk_create(
        TemplateAudience(**own, template_id=template, member_id=tenant_id, member_slug=slug)
        for template in sorted(templates)
        for slug, tenant_id in members.items()
    )


def _prove(
    actor: Actor, group: PartnerGroup, decision: Decision, before: list[str], after: list[str]
) -> None:
    issue_receipt(
        kind=TEMPLATE_UPDATE,
        actor=actor,
        tenant_id=group.tenant_id,
        subject_type="partner_group",
        subject_id=str(group.pk),
        subject_digest=digest({"name": group.name, "members": after}),
        predicate={"group": group.name, "before": before, "after": after},
        decision=decision,
        before=digest(before),
        after=digest(after),
    )
