"""A bundle as OPA takes it: a TAR.GZ with `.manifest` and `.signatures.json`. Pure.

OPA's documentation, "Bundles", § Bundle File Format and § Signing: the signature is one JWT (RFC
7519, ES256 of RFC 7518 § 3.4) over the SHA-256 of every file; of JSON files, over their value.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from governance.policy.bundle import DATA, BrokenBundle, Bundle, bundle_of
from governance.trust.archive import ArchiveUnreadable, pack, unpack
from governance.trust.keys import PublicKey, Signer
from maestro.kernel.strict_json import read_strictly

MANIFEST, SIGNATURES = ".manifest", ".signatures.json"
LARGEST = 4 * 1024 * 1024  # bytes, unpacked
_ROOTS = ["maestro", "tests"]
_HIDDEN = frozenset({MANIFEST, SIGNATURES})


def pack_bundle(bundle: Bundle, signer: Signer) -> bytes:
    """The signed archive. The same policies and key give the same bytes."""
    files = {**bundle.files, MANIFEST: _manifest(bundle)}
    claims = {
        "files": [
            {"name": name, "hash": _hash(name, raw), "algorithm": "SHA-256"}
            for name, raw in sorted(files.items())
        ]
    }
    header = {"alg": "ES256", "kid": signer.public.id, "typ": "JWT"}
    said = f"{_coded(_json(header))}.{_coded(_json(claims))}"
    r, s = decode_dss_signature(signer.sign(said.encode()))
    token = f"{said}.{_coded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    files[SIGNATURES] = _json({"signatures": [token]})
    return pack(files, hidden=_HIDDEN)


def read_bundle(raw: bytes, keys: Mapping[str, PublicKey]) -> Bundle:
    """The policies in a signed archive, once one of `keys` is found to have signed all of it.

    Raises `BrokenBundle`, saying what is wrong.
    """
    try:
        files = unpack(raw, hidden=_HIDDEN, largest=LARGEST)
        signatures = read_strictly(files.pop(SIGNATURES, b"{}"))
    except (ArchiveUnreadable, ValueError) as problem:
        raise BrokenBundle(f"it is no bundle: {problem}") from None
    _check_files(files, _verified(signatures, keys))
    manifest = files.pop(MANIFEST, b"")
    bundle = bundle_of(files)
    if manifest != _manifest(bundle):
        raise BrokenBundle("its manifest is not that of its policies")
    return bundle


def _manifest(bundle: Bundle) -> bytes:
    return _json({"revision": bundle.revision, "roots": _ROOTS, "rego_version": 1})


def _verified(signatures: Any, keys: Mapping[str, PublicKey]) -> list[dict[str, Any]]:
    """What the one signature covers."""
    match signatures:
        case {"signatures": [str(token)]} if token.count(".") == 2:
            said, _, signature = token.rpartition(".")
        case _:
            raise BrokenBundle("it is not signed")
    try:
        header = read_strictly(_decoded(said.partition(".")[0]))
        claims = read_strictly(_decoded(said.partition(".")[2]))
        raw = _decoded(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        der = encode_dss_signature(r, s) if len(raw) == 64 else b""
    except (ValueError, binascii.Error):
        raise BrokenBundle("its signature is no JWT") from None
    # Which algorithm and key are taken is not up to the token.
    if not isinstance(header, dict) or header.get("alg") != "ES256":
        raise BrokenBundle("its signature is not ES256")
    if not any(key.verifies(der, said.encode()) for key in _likely_first(keys, header)):
        raise BrokenBundle("it is not signed by a key that is trusted here")
    match claims:
        case {"files": [*files]} if all(isinstance(one, dict) for one in files):
            return files
    raise BrokenBundle("its signature covers no files")


def _likely_first(keys: Mapping[str, PublicKey], header: Mapping[str, Any]) -> Iterable[PublicKey]:
    return sorted(keys.values(), key=lambda key: key.id != header.get("kid"))


def _check_files(files: Mapping[str, bytes], signed: list[dict[str, Any]]) -> None:
    wanted = {one.get("name"): one for one in signed}
    if len(wanted) != len(signed) or wanted.keys() != files.keys():
        raise BrokenBundle("its signature covers other files than it has")
    for name, raw in files.items():
        one = wanted[name]
        if one.get("algorithm") != "SHA-256" or one.get("hash") != _hash(name, raw):
            raise BrokenBundle(f"{name} in it is not what was signed")


def _hash(name: str, raw: bytes) -> str:
    """As OPA has it: of a data file and the manifest, the value counts, whatever the white space."""
    if name.rpartition("/")[2] in {DATA, MANIFEST}:
        try:
            raw = _json(read_strictly(raw))
        except ValueError:
            raise BrokenBundle(f"{name} in it is no JSON") from None
    return hashlib.sha256(raw).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _coded(raw) != text:
        raise ValueError("not the one way to write it")
    return raw
