from __future__ import annotations

from dataclasses import dataclass

from governance.models import Receipt
from governance.signing import signing_ring
from governance.trust.dsse import EnvelopeRefused
from governance.trust.statement import RECEIPT_TYPE, signed_statement, verify_statement
from maestro.kernel.canonical import digest_bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a receipt verifies now: who signed it, by the ids of their keys, or why it does not."""

    verified: bool
    signers: frozenset[str] = frozenset()
    why_not: str = ""


def verify_receipt(receipt: Receipt) -> Verification:
    """Verify a receipt against the keys that are trusted at this moment. Nothing of it is stored."""
    try:
        envelope = signed_statement(receipt.statement, receipt.signatures)
        keys = signing_ring().trusted
        _, signers = verify_statement(envelope, keys, predicate_type=RECEIPT_TYPE)
    except EnvelopeRefused as problem:
        return Verification(verified=False, why_not=str(problem))
    if digest_bytes(envelope.payload) != receipt.digest:
        return Verification(verified=False, why_not="Its digest is not that of its statement.")
    return Verification(verified=True, signers=signers)
