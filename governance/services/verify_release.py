from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.services.verify_receipt import Verification
from governance.signing import signing_ring
from governance.trust.dsse import EnvelopeRefused
from governance.trust.keys import PublicKey
from governance.trust.statement import RELEASE_TYPE, signed_statement, verify_statement


def verify_release(
    *, statement: Mapping[str, Any], signatures: Any, digest: str, publisher: str
) -> Verification:
    """Verify that a release's statement is signed by a key that is trusted for `publisher` at this
    moment, and is about the bytes of `digest` (`sha256:<hex>`). Asked at install and at each run.
    """
    try:
        envelope = signed_statement(statement, signatures)
        claim, signers = verify_statement(
            envelope, release_keys(publisher), predicate_type=RELEASE_TYPE
        )
    except EnvelopeRefused as problem:
        return Verification(verified=False, why_not=str(problem))
    if f"sha256:{claim['subject'][0]['digest']['sha256']}" != digest:
        return Verification(verified=False, why_not="The statement is about another version.")
    return Verification(verified=True, signers=signers)


def release_keys(publisher: str) -> Mapping[str, PublicKey]:
    """The keys whose signature on a release of `publisher` is trusted, by their ids."""
    del publisher  # every release is published, and so signed, here
    return signing_ring().trusted
