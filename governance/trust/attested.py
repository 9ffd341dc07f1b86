"""A signed bundle: members, a manifest that lists them, and a statement about the manifest. Pure.

`manifest.json` lists every other member with its size and SHA-256; `attestation.dsse.json` is a
signed in-toto statement about it. The bundle's bytes follow from its members, so not even its
packing can be changed unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.trust.archive import ArchiveUnreadable, pack, unpack
from governance.trust.dsse import Envelope, EnvelopeRefused, read_envelope
from governance.trust.keys import PublicKey, Signer
from governance.trust.statement import sign_statement, statement, verify_statement
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.strict_json import read_strictly

MANIFEST = "manifest.json"
ATTESTATION = "attestation.dsse.json"
README_NAME = "README.md"
KEY = "maestro.pub"


class BundleUnreadable(ValueError):
    """It is no such bundle at all."""


class BundleRefused(ValueError):
    """It is such a bundle, and it does not verify; says the first difference."""


@dataclass(frozen=True, slots=True)
class Attested:
    """What is in a bundle that verified, what its statement says, and by whose keys it is signed.

    Which members belong into it, and that the bytes are the ones `repacked` gives, is for whoever
    knows the kind of bundle to ask.
    """

    members: Mapping[str, bytes]
    predicate: Mapping[str, Any]
    signers: frozenset[str]


def attested(
    members: Mapping[str, bytes],
    *,
    readme: str,
    predicate_type: str,
    predicate: Mapping[str, Any],
    signer: Signer,
) -> bytes:
    """The bundle of `members`, with what is said about them, signed."""
    listed = {**members, README_NAME: readme.encode(), KEY: signer.public.pem}
    manifest = canonical_bytes(_manifest(listed))
    claim = statement(
        name=MANIFEST,
        digest=digest_bytes(manifest),
        predicate_type=predicate_type,
        predicate=predicate,
    )
    attestation = canonical_bytes(sign_statement(claim, signer).as_dict())
    return pack(listed | {MANIFEST: manifest, ATTESTATION: attestation})


def read_attested(
    raw: bytes,
    keys: Mapping[str, PublicKey],
    *,
    kind: str,
    predicate_type: str,
    threshold: int = 1,
    largest: int = 0,
) -> Attested:
    """What a bundle holds and says, to somebody who trusts `keys`; the key in it is never one.

    `kind` names it in errors, such as "evidence bundle". At least `threshold` of the keys signed
    it, and nobody else. `largest` bounds it in bytes, unpacked. Raises `BundleUnreadable` or
    `BundleRefused`.
    """
    try:
        members = unpack(raw, largest=largest)
    except ArchiveUnreadable as problem:
        raise BundleUnreadable(str(problem)) from None
    for name in (MANIFEST, ATTESTATION):
        if name not in members:
            raise BundleUnreadable(f"It is no {kind}: it holds no {name}.")
    _check_manifest(members)
    claim, signers = read_signed(
        ATTESTATION, members[ATTESTATION], keys, predicate_type=predicate_type, threshold=threshold
    )
    subject = claim["subject"][0]
    found = hashlib.sha256(members[MANIFEST]).hexdigest()
    if subject["name"] != MANIFEST or subject["digest"]["sha256"] != found:
        raise BundleRefused(f"{ATTESTATION} is about another {MANIFEST}.")
    return Attested(members, claim["predicate"], signers)


def check_packing(raw: bytes, members: Mapping[str, bytes]) -> None:
    """Whatever the statement does not say lies in how it is packed. Raises `BundleRefused`."""
    if pack(members) != raw:
        raise BundleRefused("It is packed in another way than Maestro does.")


def read_signed(
    name: str,
    raw: bytes,
    keys: Mapping[str, PublicKey],
    *,
    predicate_type: str,
    threshold: int = 1,
) -> tuple[dict[str, Any], frozenset[str]]:
    """The statement in the member `name`, and who of `keys` signed it. Raises `BundleRefused`."""
    try:
        envelope = read_envelope(raw)
        claim, signers = verify_statement(
            envelope, keys, predicate_type=predicate_type, threshold=threshold
        )
    except EnvelopeRefused as problem:
        raise BundleRefused(f"{name}: {problem}") from None
    _check_form(name, raw, envelope, signers)
    return claim, signers


def _manifest(members: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "members": [
            {
                "name": name,
                "size": len(members[name]),
                "sha256": hashlib.sha256(members[name]).hexdigest(),
            }
            for name in sorted(members)
        ]
    }


def _check_manifest(members: Mapping[str, bytes]) -> None:
    listed = {name: raw for name, raw in members.items() if name not in (MANIFEST, ATTESTATION)}
    if canonical_bytes(_manifest(listed)) == members[MANIFEST]:
        return
    try:
        said = {one["name"]: one for one in read_strictly(members[MANIFEST])["members"]}
    except (ValueError, KeyError, TypeError):
        raise BundleRefused(f"{MANIFEST} can't be read.") from None
    for one in _manifest(listed)["members"]:
        name = one["name"]
        if name not in said:
            raise BundleRefused(f"{name} is not listed in {MANIFEST}.")
        if said[name] != one:
            raise BundleRefused(f"{name} is not what {MANIFEST} lists.")
    missing = sorted(set(said) - set(listed))
    if missing:
        raise BundleRefused(f"{missing[0]} is listed in {MANIFEST} and not there.")
    raise BundleRefused(f"{MANIFEST} is not in its canonical form.")


def _check_form(name: str, raw: bytes, envelope: Envelope, signers: frozenset[str]) -> None:
    """What the signature does not cover: the writing of the envelope, and its key ids."""
    if canonical_bytes(envelope.as_dict()) != raw:
        raise BundleRefused(f"{name} is not in its canonical form.")
    if sorted(one.keyid for one in envelope.signatures) != sorted(signers):
        raise BundleRefused(f"{name} has a signature too many, or under another key's id.")
