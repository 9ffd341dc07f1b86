from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import models

from catalog.models import PartnerGroup, TemplateAudience, Visibility, WorkflowTemplate
from governance.models import Receipt
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from marketplace.policies import TEMPLATE_READ, TEMPLATE_UPDATE, templates_of
from marketplace.services.manage_release import why_not
from marketplace.services.partner_groups import no_group, revision_of, tenant_of


@dataclass(frozen=True, slots=True)
class NamedBy:
    """A template that names a group. `only_here` are the partners who find it by this group alone:
    nobody where it is not for named partners now."""

    template: WorkflowTemplate
    only_here: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group with what names it. `changed` is the receipt of its last change, for one group alone."""

    id: UUID
    name: str
    members: Sequence[str]
    named_by: Sequence[NamedBy]
    changed: Receipt | None = None

    @property
    def revision(self) -> str:
        """What is looked at: see `revision_of`."""
        return revision_of(self.name, self.members)


def show_partner_groups(*, actor: Actor) -> list[ShownGroup]:
    """The groups of the actor's tenant, by name. Four statements. Raises `Denied`."""
    tenant_id = tenant_of(actor)
    with tenant_scope(tenant_id):
        authorize(actor=actor, action=TEMPLATE_READ, resource=templates_of(tenant_id))
        groups = list(_groups(tenant_id).order_by("name"))
        naming = _naming(groups)
        return [_shown(group, map(NamedBy, naming[group.pk])) for group in groups]


def show_partner_group(*, actor: Actor, group_id: UUID) -> ShownGroup:
    """One of them, with whom taking it away would cost what. Raises `Denied`, `NotFound`."""
    tenant_id = tenant_of(actor)
    with tenant_scope(tenant_id):
        authorize(actor=actor, action=TEMPLATE_READ, resource=templates_of(tenant_id))
        group = _groups(tenant_id).filter(pk=group_id).first()
        if group is None:
            raise no_group()
        templates = _naming([group])[group.pk]
        members = {one.member_slug for one in group.members.all()}
        others = set(
            TemplateAudience.objects.for_tenant(tenant_id)
            .filter(template__in=templates, member_slug__in=members)
            .exclude(group=group)
            .values_list("template_id", "member_slug")
        )
        receipts = Receipt.objects.for_tenant(tenant_id).filter(
            subject_type="partner_group", subject_id=str(group.pk)
        )
        named_by = [
            NamedBy(
                one,
                sorted(slug for slug in members if (one.pk, slug) not in others)
                if one.visibility == Visibility.PARTNERS
                else (),
            )
            for one in templates
        ]
        return _shown(group, named_by, receipts.order_by("-id").first())


def why_not_change_groups(*, actor: Actor) -> str:
    """Why the actor may not make or change groups; empty where they may."""
    return why_not(actor, TEMPLATE_UPDATE, templates_of(tenant_of(actor)))


def _groups(tenant_id: UUID) -> models.QuerySet[PartnerGroup]:
    return PartnerGroup.objects.for_tenant(tenant_id).prefetch_related("members")


def _naming(groups: Sequence[PartnerGroup]) -> dict[UUID, list[WorkflowTemplate]]:
    """The templates that name each of the groups, by title."""
    rows = TemplateAudience.objects.filter(group__in=groups)
    pairs = set(rows.values_list("group_id", "template_id"))
    templates = WorkflowTemplate.objects.filter(pk__in={template for _, template in pairs})
    found: dict[UUID, list[WorkflowTemplate]] = {group.pk: [] for group in groups}
    for template in templates.defer("search").order_by("title", "slug"):
        for group in groups:
            if (group.pk, template.pk) in pairs:
                found[group.pk].append(template)
    return found


def _shown(
    group: PartnerGroup, named_by: Iterable[NamedBy], changed: Receipt | None = None
) -> ShownGroup:
    members = sorted(one.member_slug for one in group.members.all())
    return ShownGroup(group.pk, group.name, members, tuple(named_by), changed)
