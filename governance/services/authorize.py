"""The one door: everything that is done is asked for here first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from time import perf_counter_ns
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS

from governance.models import Decision
from governance.policy.answer import PolicyAnswer
from governance.policy.engine import engine
from governance.policy.facts import policy_input
from governance.purposes import UnknownPurpose, purposes
from governance.resource import Resource
from governance.scope import in_tenant
from governance.services.record_decision import record_decisions
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import Denied, MaestroError, PurposeRequired
from maestro.kernel.tenant import PLATFORM_TENANT, afterwards, current_tenant
from maestro.telemetry.context import request_id

RECORDED_READS = frozenset({"decision", "evidence", "receipt", "secret"})
"""Types of resources of which a read that is allowed is recorded too, and says what it is for. A
refusal always is recorded."""

__all__ = [
    "RECORDED_READS",
    "Resource",
    "authorize",
    "authorize_all",
    "preview",
    "refuse_out_of_scope",
]


def authorize(
    *,
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None = None,
    using: str = DEFAULT_DB_ALIAS,
    record: bool = True,
    grants: Iterable[str] = (),
) -> Decision:
    """Ask policy whether `actor` may do `action` to `resource`; the decision, when they may.

    An allowed one is written in the transaction that is open on `using`, so it stays or goes with
    what it allowed. A refusal is written when that transaction has ended, and so outlives its
    roll-back. The answer's `obligations` bind the caller. Without `record` the
    caller writes an allowed decision itself, in one statement with what it allowed
    (`record_decision`). `grants` are the actions that `actor` was granted on this very resource
    (object permissions), looked up by the caller.

    Raises `Denied` with every reason; `PurposeRequired` or `UnknownPurpose` when the purpose is all
    that is wrong.
    """
    decision = _allowed(actor, action, resource, context, using, grants)
    if record and _is_recorded(action, resource):
        _record([decision], using)
    return decision


def authorize_all(
    *,
    actor: Actor,
    action: str,
    resources: Iterable[Resource],
    context: Mapping[str, Any] | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> list[Decision]:
    """`authorize` for many resources at once: all of them or, at the first refusal, none.

    The decisions come in the resources' order and are written together.
    """
    asked = list(resources)
    decisions = [_allowed(actor, action, resource, context, using) for resource in asked]
    _record(
        [each for each, of in zip(decisions, asked, strict=True) if _is_recorded(action, of)], using
    )
    return decisions


def refuse_out_of_scope(
    *,
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None = None,
) -> None:
    """Refuse a token whose scopes don't cover `action`, before the thing is looked for.

    So the refusal is the same whether the thing is there or not. `resource` has what the caller
    named, and nothing that was read. Whoever else may come this far may read the tenant's things,
    and is not asked about; `authorize` follows when the thing is found. Raises `Denied`.
    """
    if actor.scopes is None:
        return
    decision = _decide(actor, action, resource, context, DEFAULT_DB_ALIAS)
    if any(reason.code == "out_of_scope" for reason in decision.why):
        afterwards(partial(_record, [decision], DEFAULT_DB_ALIAS))
        raise _refusal(decision)


def _allowed(
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None,
    using: str,
    grants: Iterable[str] = (),
) -> Decision:
    decision = _decide(actor, action, resource, context, using, grants)
    if not decision.allow:
        afterwards(partial(_record, [decision], DEFAULT_DB_ALIAS))
        raise _refusal(decision)
    return decision


def _is_recorded(action: str, resource: Resource) -> bool:
    return resource.type in RECORDED_READS or not action.endswith(".read")


def preview(
    *,
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None = None,
    grants: Iterable[str] = (),
) -> PolicyAnswer:
    """What `authorize` would be told. Nothing is recorded, nothing raised."""
    facts = policy_input(
        actor=actor, action=action, resource=resource, context=context, grants=grants
    )
    return engine().decide(facts)


def _decide(
    actor: Actor,
    action: str,
    resource: Resource,
    context: Mapping[str, Any] | None,
    using: str,
    grants: Iterable[str] = (),
) -> Decision:
    facts = policy_input(
        actor=actor, action=action, resource=resource, context=context, grants=grants
    )
    began = perf_counter_ns()
    answer = engine().decide(facts)
    latency = perf_counter_ns() - began
    asked = canonical_bytes(facts)
    decision = Decision(
        tenant_id=_tenant(actor, resource, using),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        actor_name=actor.name or actor.email,
        token_id=actor.token_id,
        action=action,
        resource_type=resource.type,
        resource_id=_printable(resource.id, 255),
        allow=answer.allow,
        reasons=[reason.as_dict() for reason in answer.deny],
        obligations=[obligation.as_dict() for obligation in answer.obligations],
        purpose=_printable(facts["context"]["purpose"], 64),
        channel=facts["context"]["channel"],
        revision=answer.revision,
        input_digest=digest_bytes(asked),
        latency_us=latency // 1000,
        request_id=actor.request_id or request_id.get().strip("-"),
        decided_at=now(),
    )
    decision.asked = asked
    return decision


def _tenant(actor: Actor, resource: Resource, using: str) -> UUID:
    """The tenant in whose records it is kept: that of the work, else of the one who acts."""
    scope = current_tenant() if using == DEFAULT_DB_ALIAS else None
    return scope or actor.tenant_id or resource.tenant_id or PLATFORM_TENANT


def _record(decisions: list[Decision], using: str) -> None:
    if not decisions:
        return
    with in_tenant(decisions[0].tenant_id, using):
        record_decisions(decisions, using=using)


def _printable(text: str, most: int) -> str:
    """What a person sent, as far as it can be kept: a refusal of nonsense is recorded too."""
    return "".join(filter(str.isprintable, text[:most]))


def _refusal(decision: Decision) -> MaestroError:
    details = {"decision": str(decision.pk)}
    codes = {reason.code for reason in decision.why}
    if codes == {"purpose_required"} or codes == {"unknown_purpose"}:
        error = PurposeRequired if codes == {"purpose_required"} else UnknownPurpose
        known = [purpose.name for purpose in purposes(decision.tenant_id)]
        return error(decision.why[0].message, reasons=decision.reasons, purposes=known, **details)
    return Denied(reasons=decision.why, **details)
