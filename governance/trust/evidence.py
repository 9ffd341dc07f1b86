"""An evidence bundle: what an execution did, so that a stranger can check it without us. Pure.

A signed bundle (`governance/trust/attested.py`) whose predicate is the record of the execution.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.trust.attested import (
    ATTESTATION,
    KEY,
    MANIFEST,
    README_NAME,
    BundleRefused,
    BundleUnreadable,
    attested,
    check_packing,
    read_attested,
    read_signed,
)
from governance.trust.dsse import Envelope, read_envelope
from governance.trust.keys import PublicKey, Signer
from governance.trust.readme import README
from governance.trust.statement import EVIDENCE_TYPE, RECEIPT_TYPE
from maestro.kernel.canonical import canonical_bytes, digest_bytes

__all__ = [
    "ATTESTATION",
    "MANIFEST",
    "WORKFLOW",
    "BundleRefused",
    "BundleUnreadable",
    "Verified",
    "make_bundle",
    "verify_bundle",
]

WORKFLOW = "workflow.json"


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
        WORKFLOW: workflow,
        **{
            _receipt_name(receipt_id): canonical_bytes(envelope.as_dict())
            for receipt_id, envelope in receipts.items()
        },
    }
    return attested(
        members, readme=README, predicate_type=EVIDENCE_TYPE, predicate=record, signer=signer
    )


def verify_bundle(raw: bytes, keys: Mapping[str, PublicKey], *, threshold: int = 1) -> Verified:
    """What the bundle proves to somebody who trusts `keys`; the key in the bundle is never one.

    At least `threshold` of them signed it, and nobody else. Raises `BundleUnreadable` or
    `BundleRefused`.
    """
    found = read_attested(
        raw, keys, kind="evidence bundle", predicate_type=EVIDENCE_TYPE, threshold=threshold
    )
    _check_workflow(found.members, found.predicate)
    _check_receipts(found.members, found.predicate, keys)
    check_packing(raw, found.members)
    return Verified(found.predicate, found.signers, digest_bytes(raw))


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
    read_signed(name, raw, keys, predicate_type=RECEIPT_TYPE)
    if digest != digest_bytes(read_envelope(raw).payload):
        raise BundleRefused(f"{name} is not the receipt that the record lists.")


def _receipt_name(receipt_id: str) -> str:
    return f"receipts/{receipt_id}.dsse.json"
