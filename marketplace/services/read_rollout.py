from __future__ import annotations

from collections.abc import Sequence

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
    rows = _of(actor, publisher, slug)
    found = rows.filter(release__number=number).first()
    if found is None:
        raise NotFound(
            f"Nothing of {publisher}/{slug} {number} is rolled out.",
            hint="It begins by itself, soon after a release is published that has one before it.",
        )
    return found


def read_rollouts(*, actor: Actor, publisher: str, slug: str) -> Sequence[Rollout]:
    """The latest roll-outs of one's own template. Raises as `read_rollout`."""
    return list(_of(actor, publisher, slug).order_by("-id")[:SHOWN])


def _of(actor: Actor, publisher: str, slug: str) -> TenantQuerySet[Rollout]:
    template = read_template(actor=actor, publisher=publisher, slug=slug)
    if template.tenant_id != actor.tenant_id:
        raise NotFound(
            "Only its publisher sees how it is rolled out.",
            hint="Look at your own installations.",
        )
    rows = Rollout.objects.for_tenant(template.tenant_id).filter(release__template=template)
    return rows.select_related("release").defer("release__statement", "release__capabilities")
