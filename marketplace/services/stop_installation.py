from __future__ import annotations

from governance.services.authorize import authorize, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from maestro.runtime.models import Grant, RunPreset
from maestro.runtime.querysets import GrantQuerySet
from marketplace.models import ChangeKind, InstanceStatus, WorkflowInstance
from marketplace.policies import (
    RESUME,
    STOP,
    UNINSTALL,
    installation_resource,
    installations_of,
)
from marketplace.services.change_installation import hold_installation
from marketplace.services.check_installation import tenant_of
from marketplace.services.record_change import record_change, state_of
from marketplace.services.write_grant import end_grant

MOST_REASON = 500


def stop_installation(*, actor: Actor, name: str, reason: str) -> WorkflowInstance:
    """Let it start nothing more, and ask what runs to end. Stopping it again changes nothing.

    Raises `NotFound`, `Denied`, `InvalidInput` without a reason of at most 500 characters.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= MOST_REASON:
        message = f"Say why, in at most {MOST_REASON} characters."
        raise InvalidInput(message, problems=[Problem("/reason", message, "reason_required")])
    with tenant_scope(tenant_of(actor)):
        instance = _held(actor, name, STOP)
        decision = authorize(actor=actor, action=STOP, resource=installation_resource(instance))
        if instance.status == InstanceStatus.STOPPED:
            return instance
        before = state_of(instance)
        _grants(instance).update(stopped_at=now(), stop_reason=reason)
        _move(instance, InstanceStatus.STOPPED, {InstanceStatus.ACTIVE}, reason)
        record_change(
            actor=actor,
            instance=instance,
            kind=ChangeKind.STOP,
            receipt=STOP,
            decision=decision,
            before=before,
            reason=reason,
        )
        enqueue("marketplace.stop_runs", installation_id=instance.pk)
    return instance


def resume_installation(*, actor: Actor, name: str) -> WorkflowInstance:
    """Let a stopped one start again. Raises `NotFound`, `Denied`."""
    with tenant_scope(tenant_of(actor)):
        instance = _held(actor, name, STOP)
        decision = authorize(actor=actor, action=STOP, resource=installation_resource(instance))
        if instance.status == InstanceStatus.ACTIVE:
            return instance
        before = state_of(instance)
        _grants(instance).update(stopped_at=None, stop_reason="")
        _move(instance, InstanceStatus.ACTIVE, {InstanceStatus.STOPPED}, "")
        record_change(
            actor=actor,
            instance=instance,
            kind=ChangeKind.RESUME,
            receipt=RESUME,
            decision=decision,
            before=before,
        )
    return instance


def uninstall(*, actor: Actor, name: str, reason: str = "") -> WorkflowInstance:
    """Take it out of use: its grant ends, what runs is asked to end, answers that were saved for its
    run form go. Executions and receipts stay.

    Raises `NotFound`, `Denied`.
    """
    with tenant_scope(tenant_of(actor)):
        instance = _held(actor, name, UNINSTALL)
        decision = authorize(
            actor=actor, action=UNINSTALL, resource=installation_resource(instance)
        )
        before = state_of(instance)
        end_grant(
            instance.tenant_id, instance.pk, stopped_at=now(), stop_reason="It was uninstalled."
        )
        instance.grant_id = None
        RunPreset.objects.for_tenant(instance.tenant_id).of_installation(instance.pk).delete()
        _move(
            instance,
            InstanceStatus.UNINSTALLED,
            {InstanceStatus.ACTIVE, InstanceStatus.STOPPED},
            "",
        )
        record_change(
            actor=actor,
            instance=instance,
            kind=ChangeKind.UNINSTALL,
            receipt=UNINSTALL,
            decision=decision,
            before=before,
            reason=reason.strip()[:MOST_REASON],
        )
        enqueue("marketplace.stop_runs", installation_id=instance.pk)
    return instance


def _held(actor: Actor, name: str, action: str) -> WorkflowInstance:
    tenant_id = tenant_of(actor)
    refuse_out_of_scope(actor=actor, action=action, resource=installations_of(tenant_id))
    return hold_installation(tenant_id=tenant_id, name=name)


def _grants(instance: WorkflowInstance) -> GrantQuerySet:
    return Grant.objects.for_tenant(instance.tenant_id).in_force().of_installation(instance.pk)


def _move(instance: WorkflowInstance, to: str, allowed: set[str], reason: str) -> None:
    advance(
        instance,
        to=to,
        allowed={str(one) for one in allowed},
        status_reason=reason,
        revision=instance.revision + 1,
        grant_id=instance.grant_id,
        updated_at=now(),
    )
