from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from catalog.models import WorkflowTemplate
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from marketplace.models import Adoption
from marketplace.services.read_release import read_template

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Adoptions:
    """Which tenants are on which version of a template: what its publisher may know, no more.

    `by_number` counts installations in use by version; `following` begins the next page, None on
    the last one.
    """

    template: WorkflowTemplate
    rows: Sequence[Adoption]
    by_number: Sequence[tuple[str, int]]
    following: UUID | None


def read_adoptions(
    *, actor: Actor, publisher: str, slug: str, below: UUID | None = None, number: str = ""
) -> Adoptions:
    """The installations of one's own template, the newest first, below an id, of a version.

    Raises `NotFound`, also for another publisher's template; `Denied`, `TenantRequired`.
    """
    template = read_template(actor=actor, publisher=publisher, slug=slug)
    if template.tenant_id != actor.tenant_id:
        raise NotFound(
            "Only its publisher sees who has it installed.",
            hint="Look at your own installations.",
        )
    found = Adoption.objects.for_tenant(template.tenant_id).filter(template_id=template.pk)
    in_use = found.exclude(status="uninstalled")
    counted = in_use.order_by().values_list("number").annotate(count=Count("pk"))
    rows = found.order_by("-id")
    if number:
        rows = rows.filter(number=number)
    if below is not None:
        rows = rows.filter(pk__lt=below)
    page = list(rows[: SHOWN + 1])
    return Adoptions(
        template=template,
        rows=page[:SHOWN],
        by_number=sorted(counted, key=lambda each: -each[1])[:SHOWN],
        following=page[SHOWN - 1].pk if len(page) > SHOWN else None,
    )
