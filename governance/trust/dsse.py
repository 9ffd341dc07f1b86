"""DSSE envelopes, protocol 1.0 (github.com/secure-systems-lab/dsse): a payload and who signed it.

What is signed is the pre-authentication encoding of type and payload, so neither can be taken for
another. The key id is a hint and decides nothing. Pure.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from governance.trust.keys import PublicKey, Signer
from maestro.kernel.strict_json import read_strictly

ENVELOPE = "application/vnd.dsse.envelope.v1+json"
"""The media type of an envelope in JSON."""


class EnvelopeRefused(ValueError):
    """An envelope is none, or is not signed as it must be; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, and the id of the key that is said to have made it."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload with its media type and signatures. Nothing is verified by being here."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def as_dict(self) -> dict[str, Any]:
        """The envelope as JSON."""
        return {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [
                {"keyid": one.keyid, "sig": base64.b64encode(one.sig).decode()}
                for one in self.signatures
            ],
        }


def encoded(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, *signers: Signer) -> Envelope:
    """The envelope, signed by each of `signers`."""
    message = encoded(payload_type, payload)
    signatures = tuple(Signature(one.public.id, one.sign(message)) for one in signers)
    return Envelope(payload_type, payload, signatures)


def read_envelope(raw: bytes) -> Envelope:
    """The envelope in JSON text. Raises `EnvelopeRefused`."""
    try:
        return envelope_of(read_strictly(raw))
    except EnvelopeRefused:
        raise
    except ValueError as problem:
        raise EnvelopeRefused(f"The envelope is no JSON: {problem}.") from None


def envelope_of(value: Any) -> Envelope:
    """The envelope in a JSON value. Raises `EnvelopeRefused`."""
    if not isinstance(value, dict) or set(value) != {"payload", "payloadType", "signatures"}:
        raise EnvelopeRefused("An envelope has payload, payloadType and signatures, no more.")
    signatures = value["signatures"]
    if not isinstance(value["payloadType"], str) or not isinstance(signatures, list):
        raise EnvelopeRefused("An envelope's payloadType is text, its signatures are a list.")
    return Envelope(
        value["payloadType"], _bytes(value["payload"]), tuple(_signature(one) for one in signatures)
    )


def verify(
    envelope: Envelope, keys: Mapping[str, PublicKey], *, threshold: int = 1
) -> frozenset[str]:
    """The ids of those of `keys` that signed the envelope; each counts once, however often it did.

    What an unknown key signed counts for nothing. Raises `EnvelopeRefused` when they are fewer than
    `threshold`, or when a signature said to be by one of `keys` is not.
    """
    message = encoded(envelope.payload_type, envelope.payload)
    signed: set[str] = set()
    for one in envelope.signatures:
        signer = _signer(one, message, keys.values())
        if signer is None and one.keyid in keys:
            raise EnvelopeRefused(f"The signature of key {one.keyid[:12]} does not verify.")
        if signer is not None:
            signed.add(signer.id)
    if len(signed) < threshold:
        raise EnvelopeRefused(
            f"It is signed by {len(signed)} of the keys that are trusted; {threshold} must."
        )
    return frozenset(signed)


def _signer(one: Signature, message: bytes, keys: Iterable[PublicKey]) -> PublicKey | None:
    likely_first = sorted(keys, key=lambda key: key.id != one.keyid)
    return next((key for key in likely_first if key.verifies(one.sig, message)), None)


def _signature(value: Any) -> Signature:
    if not isinstance(value, dict) or set(value) != {"keyid", "sig"}:
        raise EnvelopeRefused("A signature has keyid and sig, no more.")
    if not isinstance(value["keyid"], str):
        raise EnvelopeRefused("A signature's keyid is text.")
    return Signature(value["keyid"], _bytes(value["sig"]))


def _bytes(text: Any) -> bytes:
    """Standard base64, the one way to write each value: RFC 4648, § 3.5."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise EnvelopeRefused("The payload and each sig are base64.") from None
    if base64.b64encode(raw).decode() != text:
        raise EnvelopeRefused("The payload and each sig are base64, without stray bits.")
    return raw
