from __future__ import annotations

from django.db import transaction

from governance.scope import in_tenant
from governance.services.issue_receipt import issue_receipt
from governance.signing import put_in_force, rotated_ring, signing_ring
from governance.trust.keys import SigningRing
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.tenant import PLATFORM_TENANT

SIGNING_ROTATE = "signing.rotate"


def rotate_signing_key(*, actor: Actor) -> SigningRing:
    """Sign with a new key from now on; what the former ones signed still verifies.

    For whoever may write the key file, so only from the command line. The receipt of it is signed
    by the former key, which so vouches for the new one. Raises `ImproperlyConfigured`.
    """
    pem, ring = rotated_ring()
    new, former = ring.signer.public, signing_ring().signer.public
    with in_tenant(PLATFORM_TENANT), transaction.atomic():
        issue_receipt(
            kind=SIGNING_ROTATE,
            actor=actor,
            tenant_id=PLATFORM_TENANT,
            subject_type="signing_key",
            subject_id=new.id,
            subject_digest=digest_bytes(new.pem),
            predicate={"former": former.id, "key": new.pem.decode()},
        )
        put_in_force(pem)
    return signing_ring()
