"""in-toto Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md): what is claimed of
which bytes. Pure.

The predicate types are our own, and fixed: a new form gets a new name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governance.trust.dsse import (
    Envelope,
    EnvelopeRefused,
    envelope_of,
    read_envelope,
    sign,
    verify,
)
from governance.trust.keys import PublicKey, Signer
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.strict_json import read_strictly

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
RECEIPT_TYPE = "https://maestro.example/attestation/receipt/v1"
EVIDENCE_TYPE = "https://maestro.example/attestation/evidence/v1"
RELEASE_TYPE = "https://maestro.example/attestation/release/v1"
CARRIED_TYPE = "https://maestro.example/attestation/carried-release/v1"
_SHA256 = "sha256:"


def statement(
    *, name: str, digest: str, predicate_type: str, predicate: Mapping[str, Any]
) -> dict[str, Any]:
    """A statement about one subject, whose bytes have the `digest` `sha256:<64 hexadecimals>`.

    Raises `ValueError` for another form of digest.
    """
    value = digest.removeprefix(_SHA256)
    if not is_digest(digest):
        raise ValueError("a subject's digest is sha256: and 64 hexadecimal digits")
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": value}}],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def is_digest(text: str) -> bool:
    """Whether `text` is `sha256:` and 64 lower-case hexadecimal digits."""
    value = text.removeprefix(_SHA256)
    return text != value and len(value) == 64 and not set(value) - set("0123456789abcdef")


def sign_statement(value: Mapping[str, Any], signer: Signer) -> Envelope:
    """The statement's RFC 8785 bytes in an envelope."""
    return sign(PAYLOAD_TYPE, canonical_bytes(value), signer)


def signed_statement(value: Mapping[str, Any], signatures: Any) -> Envelope:
    """The envelope of a statement that is kept apart from its `signatures` (`keyid` and `sig`).

    Raises `EnvelopeRefused`.
    """
    unsigned = Envelope(PAYLOAD_TYPE, canonical_bytes(value), ())
    return envelope_of(unsigned.as_dict() | {"signatures": signatures})


def verify_statement(
    raw: bytes | Envelope,
    keys: Mapping[str, PublicKey],
    *,
    predicate_type: str,
    threshold: int = 1,
) -> tuple[dict[str, Any], frozenset[str]]:
    """The statement in a signed envelope, once it is verified, and who of `keys` signed it.

    Raises `EnvelopeRefused` for anything but one statement of ours of that type about one subject.
    """
    envelope = raw if isinstance(raw, Envelope) else read_envelope(raw)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise EnvelopeRefused(f"The payload is no {PAYLOAD_TYPE}.")
    signers = verify(envelope, keys, threshold=threshold)
    try:
        value = read_strictly(envelope.payload)
    except ValueError as problem:
        raise EnvelopeRefused(f"The statement is no JSON: {problem}.") from None
    if not isinstance(value, dict) or value.get("_type") != STATEMENT_TYPE:
        raise EnvelopeRefused("The payload is no in-toto statement of version 1.")
    if value.get("predicateType") != predicate_type:
        raise EnvelopeRefused(f"The statement is not of the type {predicate_type}.")
    _check_subject(value.get("subject"))
    if not isinstance(value.get("predicate"), dict):
        raise EnvelopeRefused("The statement has no predicate.")
    return value, signers


def _check_subject(subject: Any) -> None:
    match subject:
        case [{"name": str(), "digest": {"sha256": str(value)}}] if is_digest(_SHA256 + value):
            return
    raise EnvelopeRefused("The statement is about one subject, by its SHA-256.")
