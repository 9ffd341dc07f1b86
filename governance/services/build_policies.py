from __future__ import annotations

from pathlib import Path

from governance.actions import POLICY_BUILD, policy_resource
from governance.models import PolicyBundle
from governance.policy.bundle import POLICIES, BrokenBundle, Bundle, load_bundle
from governance.policy.packed import pack_bundle, read_bundle
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.signing import signing_ring
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope


class PoliciesRefused(Conflict):
    """Policies can't be put in force. `faults` says everything that was found."""

    code = "policies_refused"
    title = "These policies are refused"

    def __init__(self, *faults: str) -> None:
        said = "; ".join(faults)
        super().__init__(
            f"These policies are refused: {said}.",
            hint="What is in force stays in force.",
            faults=list(faults),
        )


def build_policies(*, actor: Actor, folder: Path = POLICIES) -> PolicyBundle:
    """Pack and sign the policies in `folder`, and keep them, not yet in force.

    The same policies again give the bundle there is. Raises `PoliciesRefused`, `Denied`.
    """
    try:
        bundle = load_bundle(folder)
    except BrokenBundle as problem:
        raise PoliciesRefused(str(problem)) from None
    return _keep(actor, bundle, pack_bundle(bundle, signing_ring().signer))


def import_policies(*, actor: Actor, raw: bytes) -> PolicyBundle:
    """Keep a bundle from elsewhere that is signed by a key of this Maestro's ring.

    Raises `PoliciesRefused`, `Denied`.
    """
    try:
        bundle = read_bundle(raw, signing_ring().trusted)
    except BrokenBundle as problem:
        raise PoliciesRefused(str(problem)) from None
    return _keep(actor, bundle, raw)


def _keep(actor: Actor, bundle: Bundle, raw: bytes) -> PolicyBundle:
    digest = digest_bytes(raw)
    with tenant_scope(PLATFORM_TENANT):
        decision = authorize(
            actor=actor, action=POLICY_BUILD, resource=policy_resource(bundle.revision)
        )
        row, made = PolicyBundle.objects.get_or_create(
            digest=digest,
            defaults={
                "revision": bundle.revision,
                "content": raw,
                "built_at": now(),
                "built_by": actor.id,
                "built_by_name": actor.name or actor.email,
            },
        )
        if made:
            issue_receipt(
                kind=POLICY_BUILD,
                actor=actor,
                tenant_id=PLATFORM_TENANT,
                subject_type="policy",
                subject_id=bundle.revision,
                subject_digest=digest,
                predicate={"files": sorted(bundle.files)},
                decision=decision,
            )
    return row
