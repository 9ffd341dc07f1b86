from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.models import Decision
from governance.services.authorize import refuse_out_of_scope
from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.errors import Conflict
from maestro.kernel.tenant import tenant_scope
from marketplace.models import (
    ChangeKind,
    Channel,
    InstanceChange,
    Release,
    WorkflowInstance,
)
from marketplace.policies import ROLLBACK, UPGRADE, installations_of
from marketplace.services.change_installation import hold_installation
from marketplace.services.check_installation import (
    Checked,
    check_installation,
    require_fine,
    require_same,
    tenant_of,
)
from marketplace.services.configure_installation import found_again, wanted_of
from marketplace.services.prepare_upgrade import Overrides, check, planned, target_of
from marketplace.services.record_change import record_change, state_of
from marketplace.services.write_grant import write_grant


class NeedsAPerson(Conflict):
    """It breaks something or reaches more: nobody is taken over that without being asked."""

    code = "needs_a_person"


class NothingToRollBack(Conflict):
    """It was not upgraded, or every upgrade was rolled back already."""

    code = "nothing_to_roll_back"


def upgrade_installation(
    *,
    actor: Actor,
    name: str,
    to: str = "",
    overrides: Overrides | None = None,
    expected_revision: int | None = None,
    expected_digest: str = "",
) -> WorkflowInstance:
    """Let an installation run a higher release. New executions do; running ones finish on theirs.

    `to` is its number, the highest that may be installed if empty. What it was given is migrated by
    the release's rules, then `overrides` apply. `expected_revision` and `expected_digest` are of the
    installation and the release that were looked at. Whoever is no person goes over no change that
    breaks or reaches more.

    Raises `NotFound`, `Denied`, `NothingToUpgrade`, `NeedsAPerson`, `InstallationInvalid` with every
    problem, `InstallationChanged`, `ReleaseChanged`, `ReleaseWithdrawn`, `SignatureNotVerified`.
    Nothing is written then.
    """
    tenant_id = tenant_of(actor)
    with tenant_scope(tenant_id):
        refuse_out_of_scope(actor=actor, action=UPGRADE, resource=installations_of(tenant_id))
        instance = hold_installation(
            tenant_id=tenant_id, name=name, expected_revision=expected_revision
        )
        target = target_of(actor, instance, to)
        require_same(target, expected_digest)
        _, after, plan = planned(instance, target)
        if plan.needs_a_person and actor.kind is ActorKind.SYSTEM:
            raise NeedsAPerson(
                f"{after.release.number} changes more than {instance.name} follows by itself:"
                f" {plan.diff.changes[0].message}",
                hint="Look at what it changes, and upgrade.",
            )
        checked = check(actor, instance, after, plan, overrides or Overrides())
        decision = require_fine(checked, actor=actor, action=UPGRADE, found=after)
        before = state_of(instance)
        take_release(instance, after.release, checked)
        _write(actor, instance, after.release, ChangeKind.UPGRADE, UPGRADE, decision, before)
    return instance


def roll_back_installation(
    *, actor: Actor, name: str, expected_revision: int | None = None
) -> WorkflowInstance:
    """Undo the last upgrade that was not undone: the release and everything it was given before.

    It then stays on that version, so that it does not follow to where it has just come from. Raises
    `NotFound`, `Denied`, `NothingToRollBack`, `InstallationInvalid`, `InstallationChanged`,
    `ReleaseWithdrawn`, `SignatureNotVerified`.
    """
    tenant_id = tenant_of(actor)
    with tenant_scope(tenant_id):
        refuse_out_of_scope(actor=actor, action=ROLLBACK, resource=installations_of(tenant_id))
        instance = hold_installation(
            tenant_id=tenant_id, name=name, expected_revision=expected_revision
        )
        former = upgrade_to_undo(instance)
        if former is None:
            raise NothingToRollBack(
                f"{instance.name} was not upgraded since it was installed.",
                hint="To run another version, upgrade it, or install that one beside it.",
            )
        left = state_of(instance)
        release = found_again(former["release_id"])
        _restore(instance, former)
        checked = check_installation(
            actor=actor,
            found=release,
            wanted=wanted_of(instance),
            action=ROLLBACK,
            instance=instance,
        )
        decision = require_fine(checked, actor=actor, action=ROLLBACK, found=release)
        take_release(instance, release.release, checked)
        _write(actor, instance, release.release, ChangeKind.ROLLBACK, ROLLBACK, decision, left)
    return instance


def upgrade_to_undo(instance: WorkflowInstance) -> Mapping[str, Any] | None:
    """What it was before the last upgrade that was not rolled back; None where there is none."""
    undone = 0
    moves = (ChangeKind.UPGRADE, ChangeKind.ROLLBACK)
    rows = InstanceChange.objects.for_tenant(instance.tenant_id).filter(
        instance=instance, kind__in=moves
    )
    for kind, before in rows.order_by("-id").values_list("kind", "before")[:200]:
        if kind == ChangeKind.ROLLBACK:
            undone += 1
        elif undone:
            undone -= 1
        else:
            state: Mapping[str, Any] | None = before
            return state
    return None


def _restore(instance: WorkflowInstance, former: Mapping[str, Any]) -> None:
    for name in (
        "parameters", "secrets", "endpoints", "hosts", "environment", "region", "quotas", "policies",
    ):  # fmt: skip
        setattr(instance, name, former[name])
    instance.channel = Channel.PIN


def take_release(instance: WorkflowInstance, release: Release, checked: Checked) -> None:
    """Let `instance` be of `release`, with what was checked; it is not saved."""
    instance.release_id = release.pk
    instance.number, instance.order = release.number, release.order
    instance.digest, instance.title, instance.risk = release.digest, release.title, release.risk
    instance.parameters = dict(checked.wanted.parameters)
    instance.secrets, instance.endpoints = dict(checked.secrets), dict(checked.endpoints)
    instance.hosts = list(checked.hosts)


def _write(
    actor: Actor,
    instance: WorkflowInstance,
    release: Release,
    kind: ChangeKind,
    receipt: str,
    decision: Decision,
    before: Mapping[str, Any],
) -> None:
    write_grant(instance=instance, release=release, actor=actor)
    instance.revision += 1
    instance.save()
    record_change(
        actor=actor, instance=instance, kind=kind, receipt=receipt, decision=decision, before=before
    )
