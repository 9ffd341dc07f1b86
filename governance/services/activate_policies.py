from __future__ import annotations

from typing import Any

from governance.actions import POLICY_ACTIVATE, POLICY_ROLLBACK, policy_resource
from governance.models import BundleStatus, Decision, PolicyBundle
from governance.policy.bundle import BrokenBundle, load_bundle
from governance.policy.packed import read_bundle
from governance.policy.trial import try_out
from governance.services.authorize import authorize
from governance.services.build_policies import PoliciesRefused
from governance.services.issue_receipt import issue_receipt
from governance.services.policies_in_force import lock_changes
from governance.signing import signing_ring
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.kernel.transitions import advance


def activate_policies(*, actor: Actor, bundle: PolicyBundle) -> PolicyBundle:
    """Put a bundle in force, once its signature is verified and it passed its trial.

    Every process follows within 2 s. Raises `PoliciesRefused`, and then what is in force stays so;
    `Conflict` when it is in force already; `Denied`.
    """
    with tenant_scope(PLATFORM_TENANT):
        decision = authorize(
            actor=actor, action=POLICY_ACTIVATE, resource=policy_resource(bundle.revision)
        )
        _check(bundle)
        changes = lock_changes()
        before = PolicyBundle.objects.filter(status=BundleStatus.ACTIVE).first()
        if before is not None and before.pk == bundle.pk:
            raise Conflict(f"The policies {bundle.revision} are in force already.")
        _retire(before)
        _put_in_force(actor, bundle, before)
        changes.bundles += 1
        changes.save(update_fields=["bundles"])
        issue_receipt(kind=POLICY_ACTIVATE, **_proof(actor, decision, bundle, before))
    return bundle


def rollback_policies(*, actor: Actor) -> PolicyBundle | None:
    """Put the policies before in force again; None: those that came with the code.

    Raises `Conflict` when nothing was ever activated, `PoliciesRefused`, `Denied`.
    """
    with tenant_scope(PLATFORM_TENANT):
        decision = authorize(actor=actor, action=POLICY_ROLLBACK, resource=policy_resource())
        changes = lock_changes()
        active = (
            PolicyBundle.objects.filter(status=BundleStatus.ACTIVE)
            .select_related("replaced")
            .first()
        )
        if active is None:
            raise Conflict(
                "The policies that came with the code are in force; there are none before them."
            )
        before = active.replaced
        if before is not None:
            _check(before)
        _retire(active)
        if before is not None:
            # What it had replaced itself stays: a second roll-back goes on from there.
            _put_in_force(actor, before, before.replaced)
        changes.bundles += 1
        changes.save(update_fields=["bundles"])
        issue_receipt(kind=POLICY_ROLLBACK, **_proof(actor, decision, before, active))
    return before


def _check(bundle: PolicyBundle) -> None:
    content = bytes(bundle.content)
    if digest_bytes(content) != bundle.digest:
        raise PoliciesRefused("they are not the bytes that were kept")
    try:
        found = try_out(read_bundle(content, signing_ring().trusted))
    except BrokenBundle as problem:
        raise PoliciesRefused(str(problem)) from None
    if found:
        raise PoliciesRefused(*found)


def _retire(row: PolicyBundle | None) -> None:
    if row is not None:
        advance(row, to=BundleStatus.RETIRED, allowed={BundleStatus.ACTIVE}, retired_at=now())


def _put_in_force(actor: Actor, bundle: PolicyBundle, before: PolicyBundle | None) -> None:
    advance(
        bundle,
        to=BundleStatus.ACTIVE,
        allowed={BundleStatus.BUILT, BundleStatus.RETIRED},
        activated_at=now(),
        activated_by=actor.id,
        activated_by_name=actor.name or actor.email,
        replaced=before,
    )


def _proof(
    actor: Actor, decision: Decision, bundle: PolicyBundle | None, before: PolicyBundle | None
) -> dict[str, Any]:
    shipped = load_bundle()
    return {
        "actor": actor,
        "tenant_id": PLATFORM_TENANT,
        "subject_type": "policy",
        "subject_id": bundle.revision if bundle else shipped.revision,
        "subject_digest": bundle.digest if bundle else f"sha256:{shipped.digest}",
        "predicate": {
            "in_place_of": before.revision if before else shipped.revision,
            "came_with_the_code": bundle is None,
        },
        "decision": decision,
    }
