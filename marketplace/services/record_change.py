from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.models import Decision
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.canonical import digest
from maestro.kernel.outbox import publish_event
from marketplace.models import ChangeKind, InstanceChange, WorkflowInstance

_STATE = (
    "number",
    "digest",
    "channel",
    "secrets",
    "endpoints",
    "hosts",
    "environment",
    "region",
    "quotas",
    "policies",
    "status",
)
_EVENTS = {
    ChangeKind.INSTALL: "created",
    ChangeKind.UPGRADE: "upgraded",
    ChangeKind.ROLLBACK: "rolled_back",
    ChangeKind.CONFIGURE: "configured",
    ChangeKind.STOP: "stopped",
    ChangeKind.RESUME: "resumed",
    ChangeKind.UNINSTALL: "uninstalled",
}


def state_of(instance: WorkflowInstance) -> dict[str, Any]:
    """What an installation is, as a roll-back would need it."""
    fields = (*_STATE, "parameters", "title", "order", "risk", "status_reason")
    found = {name: getattr(instance, name) for name in fields}
    return found | {
        "release_id": str(instance.release_id),
        "grant_id": str(instance.grant_id) if instance.grant_id else None,
    }


def record_change(
    *,
    actor: Actor,
    instance: WorkflowInstance,
    kind: ChangeKind,
    receipt: str,
    decision: Decision,
    before: Mapping[str, Any] | None = None,
    reason: str = "",
) -> InstanceChange:
    """Leave what is told of a change: its row, its receipt, an event, and word to the publisher.

    `receipt` is its kind, such as `installation.create`; of parameters it holds the digest alone.
    `before` is `state_of` the installation before the change, None for an install.
    """
    proof = issue_receipt(
        kind=receipt,
        actor=actor,
        tenant_id=instance.tenant_id,
        subject_type="installation",
        subject_id=str(instance.pk),
        subject_digest=instance.digest,
        predicate={
            "installation": instance.name,
            "release": f"{instance.address}@{instance.number}",
            "revision": instance.revision,
            **({"reason": reason} if reason else {}),
            "before": None if before is None else _told(before),
            "after": _told(state_of(instance)),
        },
        decision=decision,
    )
    change = InstanceChange.objects.create(
        tenant_id=instance.tenant_id,
        instance=instance,
        kind=kind,
        from_number="" if before is None else before["number"],
        to_number=instance.number,
        before=before,
        reason=reason,
        by_id=actor.id,
        by_name=actor.name or actor.email,
        receipt_id=proof.pk,
    )
    publish_event(
        f"installation.{_EVENTS[kind]}",
        subject=str(instance.pk),
        by=actor,
        name=instance.name,
        release=f"{instance.address}@{instance.number}",
    )
    enqueue("marketplace.note_adoption", installation_id=instance.pk)
    return change


def _told(state: Mapping[str, Any]) -> dict[str, Any]:
    """Without the parameters' values, which may be anything: their digest stands for them."""
    return {name: state[name] for name in _STATE} | {"parameters": digest(state["parameters"])}
