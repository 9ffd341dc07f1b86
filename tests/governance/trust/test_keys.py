"""Keys that sign: what a ring holds, what rotation keeps, and that a signature is one of a kind."""

from __future__ import annotations

import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from governance.trust.keys import (
    _ORDER,
    KeyUnusable,
    PrivateKey,
    new_key,
    read_public_keys,
    read_ring,
    rotated,
)


def test_the_same_message_has_the_same_signature_and_another_has_not() -> None:
    key = new_key()
    assert key.sign(b"a") == key.sign(b"a")
    assert key.public.verifies(key.sign(b"a"), b"a")
    assert not key.public.verifies(key.sign(b"a"), b"b")
    assert not new_key().public.verifies(key.sign(b"a"), b"a")


def test_the_other_signature_that_the_curve_allows_is_refused() -> None:
    key = new_key()
    r, s = decode_dss_signature(key.sign(b"a"))
    twin = encode_dss_signature(r, _ORDER - s)
    private = key._key.public_key()
    private.verify(twin, b"a", ec.ECDSA(ec.hashes.SHA256()))  # the mathematics takes it
    assert not key.public.verifies(twin, b"a")


@pytest.mark.parametrize("signature", [b"", b"\x00", b"\x30\x06\x02\x01\x00\x02\x01\x00"])
def test_what_is_no_signature_verifies_nothing(signature: bytes) -> None:
    assert not new_key().public.verifies(signature, b"a")


def test_a_rotated_ring_signs_with_the_new_key_and_still_trusts_the_former_ones() -> None:
    first = new_key()
    second = read_ring(rotated(first.pem()))
    third = read_ring(rotated(rotated(first.pem())))
    assert second.signer.public.id != first.public.id
    assert set(second.trusted) == {first.public.id, second.signer.public.id}
    assert len(third.trusted) == 3
    assert b"PRIVATE" in rotated(first.pem())
    assert rotated(first.pem()).count(b"BEGIN PRIVATE KEY") == 1
    assert first.public.verifies(first.sign(b"a"), b"a")


def test_a_key_is_named_by_what_openssl_says_of_it() -> None:
    key = new_key()
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-outform", "DER"],
        input=key.public.pem,
        capture_output=True,
        check=True,
    ).stdout
    named = subprocess.run(
        ["openssl", "dgst", "-sha256", "-r"], input=der, capture_output=True, check=True
    ).stdout
    assert named.split()[0].decode() == key.public.id


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"no key",
        new_key().public.pem,
        _pem(ec.generate_private_key(ec.SECP384R1())),
        _pem(ed25519.Ed25519PrivateKey.generate()),
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
)
def test_a_ring_without_a_key_that_signs_is_refused(pem: bytes) -> None:
    with pytest.raises(KeyUnusable) as refused:
        read_ring(pem)
    assert "AAAA" not in str(refused.value)


def test_nothing_of_a_private_key_is_shown() -> None:
    key = new_key()
    secret = key._key.private_numbers().private_value
    assert isinstance(key, PrivateKey)
    assert str(secret) not in repr(key)
    assert "_key" not in repr(key)
    assert read_public_keys(key.pem()) == {key.public.id: key.public}
