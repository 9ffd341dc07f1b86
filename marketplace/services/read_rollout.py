from __future__ import annotations

from collections.abc import Sequence

from catalog.models import WorkflowTemplate
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.kernel.models import TenantQuerySet
from marketplace.models import Rollout
from marketplace.services.read_release import read_template

SHOWN = 10


def read_rollout(*, actor: Actor, publisher: str, slug: str, number: str) -> Rollout:
    """How far a release of one's own has come to those who follow it.

    Raises `NotFound`, also for another publisher's and for one that nobody has begun to roll out;
    `Denied`, `TenantRequired`.
    """
    _template, rows = _of(actor, publisher, slug)
    found = rows.filter(release__number=number).first()
    if found is None:
        raise NotFound(
            f"Nothing of {publisher}/{slug} {number} is rolled out.",
            hint="It begins by itself, soon after a release is published that has one before it.",
        )
    return found


def read_rollouts(
    *, actor: Actor, publisher: str, slug: str
) -> tuple[WorkflowTemplate, Sequence[Rollout]]:
    """One's own template, and its latest roll-outs. Raises as `read_rollout`."""
    template, rows = _of(actor, publisher, slug)
    return template, list(rows.order_by("-id")[:SHOWN])


def _of(
    actor: Actor, publisher: str, slug: str
) -> tuple[WorkflowTemplate, TenantQuerySet[Rollout]]:
    template = read_template(actor=actor, publisher=publisher, slug=slug)
    if template.tenant_id != actor.tenant_id:
        raise NotFound(
            "Only its publisher sees how it is rolled out.",
            hint="Look at your own installations.",
        )
    rows = Rollout.objects.for_tenant(template.tenant_id).filter(release__template=template)
    return template, rows.select_related("release").defer(
        "release__statement", "release__capabilities"
    )
