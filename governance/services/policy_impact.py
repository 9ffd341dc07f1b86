"""What a draft of policies would change, found out from the decisions that were recorded.

Read with the role that sees every tenant's rows and writes none, for the command line and the
console; neither is open to a tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from governance.models import Decision, PolicyInput
from governance.policy.bundle import BrokenBundle, Bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.impact import Impact, Recorded
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.identity import first_id_at

READER = "platform"
BATCH = 500  # decisions in memory at once
_COLUMNS = (
    "id", "tenant_id", "actor_kind", "actor_name", "action", "allow", "reasons", "obligations",
    "input_digest",
)  # fmt: skip


def policy_impact(*, bundle: Bundle, since: datetime, tenant_id: UUID | None = None) -> Impact:
    """Every decision since then, of one tenant or all. Raises `BrokenBundle`."""
    engine, impact = _draft(bundle), Impact()
    for batch in _batches(since, tenant_id):
        impact.add(engine, _recorded(batch))
    return impact


def impact_on_newest(*, bundle: Bundle, most: int) -> Impact:
    """The newest `most` decisions of all tenants. Raises `BrokenBundle`."""
    engine, impact = _draft(bundle), Impact()
    newest = list(Decision.objects.using(READER).newest_first().only(*_COLUMNS)[:most])
    impact.add(engine, _recorded(newest))
    return impact


def _draft(bundle: Bundle) -> EmbeddedRego:
    engine = EmbeddedRego(bundle)
    healthy, why = engine.healthy()
    if not healthy:
        raise BrokenBundle(why)
    return engine


def _batches(since: datetime, tenant_id: UUID | None) -> Iterator[list[Decision]]:
    rows = Decision.objects.using(READER).only(*_COLUMNS).order_by("id")
    if tenant_id is not None:
        rows = rows.for_tenant(tenant_id)
    batch = list(rows.filter(id__gte=first_id_at(since))[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(id__gt=batch[-1].pk)[:BATCH])


def _recorded(batch: Sequence[Decision]) -> Iterator[Recorded]:
    kept = _kept(batch)
    for one in batch:
        yield Recorded(
            actor=one.actor_name or one.actor_kind,
            action=one.action,
            allow=one.allow,
            reasons=one.reasons,
            obligations=one.obligations,
            asked=kept.get((one.tenant_id, one.input_digest)),
        )


def _kept(batch: Sequence[Decision]) -> dict[tuple[UUID, str], bytes]:
    """The inputs of these decisions, by tenant and digest; one that was changed is none."""
    rows = (
        PolicyInput.objects.using(READER)
        .filter(
            tenant_id__in={one.tenant_id for one in batch},
            digest__in={one.input_digest for one in batch},
        )
        .values_list("tenant_id", "digest", "content")
    )
    return {
        (tenant_id, digest): bytes(content)
        for tenant_id, digest, content in rows
        if digest_bytes(bytes(content)) == digest
    }
