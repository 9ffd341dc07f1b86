from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.services.trusted_keys import trusted_keys
from governance.services.verify_receipt import Verification
from governance.signing import signing_ring
from governance.trust.dsse import Envelope, EnvelopeRefused
from governance.trust.statement import RELEASE_TYPE, signed_statement, verify_statement


def verify_release(
    *, statement: Mapping[str, Any], signatures: Any, digest: str, publisher: str
) -> Verification:
    """Verify that a release's statement is signed by a key that is trusted for `publisher` at this
    moment, and is about the bytes of `digest` (`sha256:<hex>`). Asked at install and at each run.
    """
    try:
        envelope = signed_statement(statement, signatures)
        claim, signers = _verified(envelope, publisher)
    except EnvelopeRefused as problem:
        return Verification(verified=False, why_not=str(problem))
    if f"sha256:{claim['subject'][0]['digest']['sha256']}" != digest:
        return Verification(verified=False, why_not="The statement is about another version.")
    if claim["predicate"].get("publisher") != publisher:
        return Verification(verified=False, why_not="The statement is another publisher's.")
    return Verification(verified=True, signers=signers)


def _verified(envelope: Envelope, publisher: str) -> tuple[dict[str, Any], frozenset[str]]:
    """By a key of this Maestro, else by one that is trusted for the publisher, which is looked up
    only then. Raises `EnvelopeRefused`."""
    try:
        return verify_statement(envelope, signing_ring().trusted, predicate_type=RELEASE_TYPE)
    except EnvelopeRefused:
        keys = trusted_keys(publisher)
        if not keys:
            raise
    return verify_statement(envelope, keys, predicate_type=RELEASE_TYPE)
