"""An evidence bundle: what an execution did, so that a stranger can check it without us. Pure.

`manifest.json` lists every other member with its size and SHA-256; `attestation.dsse.json` is a
signed in-toto statement about it, whose predicate is the record of the execution. The bundle's
bytes follow from its members, so not even its packing can be changed unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.trust.archive import ArchiveUnreadable, pack, unpack
from governance.trust.dsse import Envelope, EnvelopeRefused, read_envelope
from governance.trust.keys import PublicKey, Signer
from governance.trust.readme import README
from governance.trust.statement import (
    EVIDENCE_TYPE,
    RECEIPT_TYPE,
    sign_statement,
    statement,
    verify_statement,
)
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.strict_json import read_strictly

MANIFEST = "manifest.json"
ATTESTATION = "attestation.dsse.json"
README_NAME = "README.md"
KEY = "maestro.pub"
WORKFLOW = "workflow.json"


class BundleUnreadable(ValueError):
    """It is no evidence bundle at all."""


class BundleRefused(ValueError):
    """It is an evidence bundle, and it does not verify; says the first difference."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a bundle proves: the record of the execution, and by whose keys it is signed."""

    record: Mapping[str, Any]
    signers: frozenset[str]
    digest: str


def make_bundle(
    *,
    record: Mapping[str, Any],
    workflow: bytes,
    receipts: Mapping[str, Envelope],
    signer: Signer,
) -> bytes:
    """The bundle of one execution.

    `record` is JSON. Its `workflow.digest` is that of `workflow`, the frozen document's canonical
    bytes; its `receipts` list the id and digest of each of `receipts`.
    """
    members = {
        README_NAME: README.encode(),
        KEY: signer.public.pem,
        WORKFLOW: workflow,
        **{
            _receipt_name(receipt_id): canonical_bytes(envelope.as_dict())
            for receipt_id, envelope in receipts.items()
        },
    }
    manifest = canonical_bytes(_manifest(members))
    claim = statement(
        name=MANIFEST,
        digest=digest_bytes(manifest),
        predicate_type=EVIDENCE_TYPE,
        predicate=record,
    )
    attestation = canonical_bytes(sign_statement(claim, signer).as_dict())
    return pack(members | {MANIFEST: manifest, ATTESTATION: attestation})


def verify_bundle(raw: bytes, keys: Mapping[str, PublicKey], *, threshold: int = 1) -> Verified:
    """What the bundle proves to somebody who trusts `keys`; the key in the bundle is never one.

    At least `threshold` of them signed it, and nobody else. Raises `BundleUnreadable` or
    `BundleRefused`.
    """
    try:
        members = unpack(raw)
    except ArchiveUnreadable as problem:
        raise BundleUnreadable(str(problem)) from None
    for name in (MANIFEST, ATTESTATION):
        if name not in members:
            raise BundleUnreadable(f"It is no evidence bundle: it holds no {name}.")
    _check_manifest(members)
    claim, signers = _check_statement(members[ATTESTATION], keys, threshold)
    subject = claim["subject"][0]
    found = hashlib.sha256(members[MANIFEST]).hexdigest()
    if subject["name"] != MANIFEST or subject["digest"]["sha256"] != found:
        raise BundleRefused(f"{ATTESTATION} is about another {MANIFEST}.")
    record = claim["predicate"]
    _check_workflow(members, record)
    _check_receipts(members, record, keys)
    # Whatever is not said above lies in how it is packed.
    if pack(members) != raw:
        raise BundleRefused("It is packed in another way than Maestro does.")
    return Verified(record, signers, digest_bytes(raw))


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


def _check_statement(
    raw: bytes, keys: Mapping[str, PublicKey], threshold: int
) -> tuple[dict[str, Any], frozenset[str]]:
    try:
        envelope = read_envelope(raw)
        claim, signers = verify_statement(
            envelope, keys, predicate_type=EVIDENCE_TYPE, threshold=threshold
        )
    except EnvelopeRefused as problem:
        raise BundleRefused(f"{ATTESTATION}: {problem}") from None
    _check_form(ATTESTATION, raw, envelope, signers)
    return claim, signers


def _check_form(name: str, raw: bytes, envelope: Envelope, signers: frozenset[str]) -> None:
    """What the signature does not cover: the writing of the envelope, and its key ids."""
    if canonical_bytes(envelope.as_dict()) != raw:
        raise BundleRefused(f"{name} is not in its canonical form.")
    if sorted(one.keyid for one in envelope.signatures) != sorted(signers):
        raise BundleRefused(f"{name} has a signature too many, or under another key's id.")


def _check_workflow(members: Mapping[str, bytes], record: Mapping[str, Any]) -> None:
    workflow = record.get("workflow")
    said = workflow.get("digest") if isinstance(workflow, dict) else None
    if WORKFLOW not in members or said != digest_bytes(members[WORKFLOW]):
        raise BundleRefused(f"{WORKFLOW} is not the workflow that ran.")


def _check_receipts(
    members: Mapping[str, bytes], record: Mapping[str, Any], keys: Mapping[str, PublicKey]
) -> None:
    listed = record.get("receipts")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BundleRefused("The record lists no receipts.")
    said = {_receipt_name(str(one.get("id"))): one.get("digest") for one in listed}
    for name in sorted(said):
        if name not in members:
            raise BundleRefused(f"{name} is listed in the record and not there.")
        _check_receipt(name, members[name], said[name], keys)
    known = {MANIFEST, ATTESTATION, README_NAME, KEY, WORKFLOW, *said}
    unknown = sorted(set(members) - known)
    if unknown:
        raise BundleRefused(f"{unknown[0]} does not belong into an evidence bundle.")


def _check_receipt(name: str, raw: bytes, digest: Any, keys: Mapping[str, PublicKey]) -> None:
    try:
        envelope = read_envelope(raw)
        _, signers = verify_statement(envelope, keys, predicate_type=RECEIPT_TYPE)
    except EnvelopeRefused as problem:
        raise BundleRefused(f"{name}: {problem}") from None
    _check_form(name, raw, envelope, signers)
    if digest != digest_bytes(envelope.payload):
        raise BundleRefused(f"{name} is not the receipt that the record lists.")


def _receipt_name(receipt_id: str) -> str:
    return f"receipts/{receipt_id}.dsse.json"
