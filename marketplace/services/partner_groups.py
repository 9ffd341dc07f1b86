from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from catalog.models import GroupMember, PartnerGroup, TemplateAudience
from governance.models import Decision
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem, TenantRequired
from maestro.kernel.tenant import tenant_scope
from marketplace.policies import TEMPLATE_READ, TEMPLATE_UPDATE, templates_of
from marketplace.services.audience import may_be_tenant, tenants_called
from marketplace.wanted import NAME

GROUPS, MEMBERS = 100, 500
"""The most groups of a publisher, and the most partners of a group."""


NEW = ""
"""The revision of a group that is not there yet."""


class PartnerGroupChanged(Conflict):
    """Somebody else changed the group, or took it away, since it was looked at."""

    code = "partner_group_changed"


@dataclass(frozen=True, slots=True)
class Partners:
    """A group of partners: its name, and the slugs of its tenants in alphabetical order."""

    name: str
    members: Sequence[str]

    @property
    def revision(self) -> str:
        """What is looked at: see `revision_of`."""
        return revision_of(self.name, self.members)


def revision_of(name: str, members: Iterable[str]) -> str:
    """What a group is, in a word: another one as soon as its name or a member is."""
    return digest({"name": name, "members": sorted(members)})


def read_partner_groups(*, actor: Actor) -> list[Partners]:
    """The groups of the actor's tenant, by name. Two statements. Raises `Denied`."""
    tenant_id = tenant_of(actor)
    with tenant_scope(tenant_id):
        authorize(actor=actor, action=TEMPLATE_READ, resource=templates_of(tenant_id))
        groups = PartnerGroup.objects.for_tenant(tenant_id).prefetch_related("members")
        return [
            Partners(group.name, sorted(one.member_slug for one in group.members.all()))
            for group in groups.order_by("name")
        ]


def set_partner_group(
    *,
    actor: Actor,
    name: str,
    members: Iterable[str],
    group_id: UUID | None = None,
    expected_revision: str | None = None,
) -> Partners:
    """Let a group name exactly these tenants, by slug; a group that is new is made.

    With `group_id` it is that one, whatever it is called: it gets this name. `expected_revision` is
    what was looked at (`revision_of`), empty for a group that is to be new; None asks for nothing.
    Each template that names the group is found by them from now on, and by nobody who left it. What
    they installed stays. A name counts for the tenant that has it when the list is changed; that
    nobody has it is not told. Raises `Denied`, `PartnerGroupChanged`, `InvalidInput` with every
    problem.
    """
    tenant_id = tenant_of(actor)
    slugs = sorted({slug.strip() for slug in members if slug.strip()})
    with tenant_scope(tenant_id):
        decision = authorize(actor=actor, action=TEMPLATE_UPDATE, resource=templates_of(tenant_id))
        group = _held(tenant_id, group_id, name)
        if group_id or expected_revision:
            _refuse_if_changed(group, expected_revision)
        known = tenants_called(slugs[: MEMBERS + 1])
        is_new = expected_revision == NEW
        problems = [*_of_name(tenant_id, name, group, is_new), *_of_members(slugs)]
        if problems:
            raise _invalid(*problems)
        if group is None:
            group = _made(tenant_id, name, is_new)
        before, was = _members_of(group), group.name
        if was != name:
            _rename(group, name)
        if before != slugs:  # and not for who came since: by what is done, time would tell it
            _write(group, {slug: known.get(slug) for slug in slugs})
        if (was, before) != (name, slugs):
            _prove(actor, group, decision, was, before, slugs)
    return Partners(name, slugs)


def delete_partner_group(
    *,
    actor: Actor,
    name: str = "",
    group_id: UUID | None = None,
    expected_revision: str | None = None,
) -> Partners:
    """Take a group away, by its name or its id: whom it alone named finds the templates no longer.

    Raises `Denied`, `NotFound`, `PartnerGroupChanged`.
    """
    tenant_id = tenant_of(actor)
    with tenant_scope(tenant_id):
        decision = authorize(actor=actor, action=TEMPLATE_UPDATE, resource=templates_of(tenant_id))
        group = _held(tenant_id, group_id, name)
        if group is None:
            raise no_group()
        if expected_revision is not None:
            _refuse_if_changed(group, expected_revision)
        before = _members_of(group)
        _prove(actor, group, decision, group.name, before, [])
        group.delete()
    return Partners(group.name, before)


def no_group() -> NotFound:
    """What is said of a group that is not there."""
    return NotFound("There is no such group of partners.", hint="Look at the list of them.")


def _invalid(*problems: Problem) -> InvalidInput:
    return InvalidInput("The group can't be like this.", problems=problems)


def _held(tenant_id: UUID, group_id: UUID | None, name: str) -> PartnerGroup | None:
    """The group, locked until the transaction ends: two who change it come one after the other."""
    groups = PartnerGroup.objects.for_tenant(tenant_id).select_for_update()
    return groups.filter(pk=group_id).first() if group_id else groups.filter(name=name).first()


def _members_of(group: PartnerGroup) -> list[str]:
    return sorted(group.members.values_list("member_slug", flat=True))


def _refuse_if_changed(group: PartnerGroup | None, expected: str | None) -> None:
    if group is None:
        raise PartnerGroupChanged(
            "Somebody has taken this group away since you looked.", hint="Make it again."
        )
    if expected not in (None, revision_of(group.name, _members_of(group))):
        raise PartnerGroupChanged(
            f"Somebody has changed {group.name} since you looked.",
            hint="Look at it again, then change it.",
        )


def _made(tenant_id: UUID, name: str, is_new: bool) -> PartnerGroup:
    """A new group; or the one of this name that somebody has made at the same moment."""
    group, made = PartnerGroup.objects.get_or_create(tenant_id=tenant_id, name=name)
    if not made and is_new:
        raise _invalid(_taken(name))
    return PartnerGroup.objects.select_for_update().get(pk=group.pk)


def _rename(group: PartnerGroup, name: str) -> None:
    group.name = name
    try:
        with transaction.atomic():
            group.save(update_fields=["name"])
    except IntegrityError:  # somebody gave another one this name at the same moment
        raise _invalid(_taken(name)) from None


def tenant_of(actor: Actor) -> UUID:
    """The tenant whose groups they are. Raises `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant that publishes.")
    return actor.tenant_id


def _of_name(tenant_id: UUID, name: str, group: PartnerGroup | None, is_new: bool) -> list[Problem]:
    if not NAME.fullmatch(name):
        message = "Give it a name of lower-case letters, digits and hyphens, 63 at most."
        return [Problem("/name", message, "invalid_name", "For example resellers.")]
    if group is not None and group.name == name:
        return [_taken(name)] if is_new else []
    groups = PartnerGroup.objects.for_tenant(tenant_id)
    if group is not None:
        return [_taken(name)] if groups.filter(name=name).exists() else []
    if groups.count() >= GROUPS:
        return [Problem("/name", f"There are {GROUPS} groups already.", "too_many")]
    return []


def _taken(name: str) -> Problem:
    return Problem(
        "/name", f"There is a group called {name} already.", "name_taken", "Change that."
    )


def _of_members(slugs: list[str]) -> list[Problem]:
    if not 0 < len(slugs) <= MEMBERS:
        message = f"Name between 1 and {MEMBERS} tenants."
        return [Problem("/members", message, "out_of_range", "Or take the group away.")]
    return [
        Problem(
            "/members",
            f"No tenant can be called {slug[:63]}.",
            "unknown_partner",
            "Write the short names that tenants have in addresses.",
        )
        for slug in slugs
        if not may_be_tenant(slug)
    ]


def _write(group: PartnerGroup, members: dict[str, UUID | None]) -> None:
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
    actor: Actor,
    group: PartnerGroup,
    decision: Decision,
    was: str,
    before: list[str],
    after: list[str],
) -> None:
    renamed = {"was": was} if was != group.name else {}
    issue_receipt(
        kind=TEMPLATE_UPDATE,
        actor=actor,
        tenant_id=group.tenant_id,
        subject_type="partner_group",
        subject_id=str(group.pk),
        subject_digest=digest({"name": group.name, "members": after}),
        predicate={"group": group.name, "before": before, "after": after} | renamed,
        decision=decision,
        before=digest(before),
        after=digest(after),
    )
