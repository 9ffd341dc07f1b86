"""Keys that sign: ECDSA on P-256 with SHA-256, so that cosign, in-toto and OPA can verify too.

A key file is PEM: its first private key signs, every key in it verifies. A key is named by the
SHA-256 of its SubjectPublicKeyInfo (RFC 5280, § 4.1.2.7); the name is for people and look-ups and
decides nothing. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

# The order of P-256's group (FIPS 186-5; SEC 2 v2, § 2.4.2).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PEM = re.compile(rb"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_SIGNING = ec.ECDSA(SHA256(), deterministic_signing=True)  # RFC 6979: the same bytes each time
_VERIFYING = ec.ECDSA(SHA256())


class KeyUnusable(ValueError):
    """A key can't be read or is of another kind; says what is wanted, shows nothing of it."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies."""

    id: str
    pem: bytes
    _key: ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (DER, its S in the lower half) is this key's over `message`.

        With every (r, s) there is a valid (r, n - s): only one of the two is taken, so that nobody
        makes another signature out of one.
        """
        try:
            self._key.verify(signature, message, _VERIFYING)
            return decode_dss_signature(signature)[1] <= _ORDER // 2
        except (InvalidSignature, ValueError):
            return False


class Signer(Protocol):
    """Signs with a key that it keeps. A PKCS#11 token or a key service fits behind it; what it
    raises ends the work whose proof it was to make."""

    @property
    def public(self) -> PublicKey:
        """The key that verifies what this signs."""
        ...

    def sign(self, message: bytes, /) -> bytes:
        """The signature over `message`, in DER with a low S."""
        ...


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key in this process."""

    public: PublicKey
    _key: ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    def sign(self, message: bytes, /) -> bytes:
        """See `Signer.sign`. The same message has the same signature."""
        r, s = decode_dss_signature(self._key.sign(message, _SIGNING))
        return encode_dss_signature(r, min(s, _ORDER - s))

    def pem(self) -> bytes:
        """The key itself, PKCS #8, not encrypted: for a file that only its owner reads."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class SigningRing:
    """The key that signs, and by their ids all that are trusted: its own and those before it."""

    signer: Signer
    trusted: Mapping[str, PublicKey]


def new_key() -> PrivateKey:
    """A new key."""
    return _private(ec.generate_private_key(ec.SECP256R1()))


def read_ring(pem: bytes) -> SigningRing:
    """The ring in PEM text. Raises `KeyUnusable` when no key in it can sign."""
    keys = _read(pem)
    signer = next((key for key in keys if isinstance(key, PrivateKey)), None)
    if signer is None:
        raise KeyUnusable("There is no private key in it, so nothing can be signed.")
    public = [key.public if isinstance(key, PrivateKey) else key for key in keys]
    return SigningRing(signer, {key.id: key for key in public})


def read_public_keys(pem: bytes) -> dict[str, PublicKey]:
    """The public keys in PEM text, by their ids; of private ones their public half.

    Raises `KeyUnusable` when there is none.
    """
    found = [key.public if isinstance(key, PrivateKey) else key for key in _read(pem)]
    if not found:
        raise KeyUnusable("There is no key in PEM in it.")
    return {key.id: key for key in found}


def rotated(pem: bytes) -> bytes:
    """The ring with a new key that signs; of the former ones only what verifies is kept."""
    former = read_public_keys(pem).values()
    return b"".join([new_key().pem(), *(key.pem for key in former)])


def _read(pem: bytes) -> list[PrivateKey | PublicKey]:
    if not pem.isascii() or b"\0" in pem:  # such as a bundle, which has a key of its own in it
        raise KeyUnusable("It is no text of keys in PEM.")
    return [_one(found[0], found[1]) for found in _PEM.finditer(pem)]


def _one(pem: bytes, kind: bytes) -> PrivateKey | PublicKey:
    try:
        if kind.endswith(b"PRIVATE KEY"):
            private = load_pem_private_key(pem, password=None)
            if isinstance(private, ec.EllipticCurvePrivateKey) and _is_p256(private.curve):
                return _private(private)
        elif kind == b"PUBLIC KEY":
            public = load_pem_public_key(pem)
            if isinstance(public, ec.EllipticCurvePublicKey) and _is_p256(public.curve):
                return _public(public)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # `from None`: the error could quote the key.
        raise KeyUnusable("A key in it can't be read, or is encrypted.") from None
    raise KeyUnusable(f"A {kind.decode().lower()} in it is not one of ECDSA on P-256.")


def _is_p256(curve: ec.EllipticCurve) -> bool:
    return isinstance(curve, ec.SECP256R1)


def _private(key: ec.EllipticCurvePrivateKey) -> PrivateKey:
    return PrivateKey(_public(key.public_key()), key)


def _public(key: ec.EllipticCurvePublicKey) -> PublicKey:
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(hashlib.sha256(info).hexdigest(), pem, key)
