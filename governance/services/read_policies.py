from __future__ import annotations

from functools import lru_cache

from governance.actions import POLICY_READ, governed_resource
from governance.policy.bundle import load_bundle
from governance.policy.packed import read_bundle
from governance.policy.reference import Reference, reference_of
from governance.services.authorize import authorize
from governance.services.policies_in_force import archive_of, in_force
from governance.signing import signing_ring
from maestro.kernel.actor import Actor
from maestro.kernel.errors import TenantRequired


def read_policies(*, actor: Actor) -> Reference:
    """What the policies in force say of themselves. They are no secret to whoever has a place in
    the tenant. Raises `Denied`, `TenantRequired`."""
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    resource = governed_resource("policy", actor.tenant_id)
    authorize(actor=actor, action=POLICY_READ, resource=resource)
    return _reference(in_force().digest)


@lru_cache(maxsize=2)
def _reference(digest: str) -> Reference:
    raw = archive_of(digest)
    bundle = load_bundle() if raw is None else read_bundle(raw, signing_ring().trusted)
    return reference_of(bundle)
