"""Bundles to verify and to spoil."""

from __future__ import annotations

from typing import Any

from governance.trust.evidence import make_bundle
from governance.trust.keys import PrivateKey
from governance.trust.statement import RECEIPT_TYPE, sign_statement, statement
from maestro.kernel.canonical import canonical_bytes, digest_bytes

WORKFLOW = canonical_bytes({"metadata": {"name": "offboard"}, "steps": [{"id": "a"}]})
RECEIPT = statement(
    name="workflow_version/v1",
    digest=digest_bytes(WORKFLOW),
    predicate_type=RECEIPT_TYPE,
    predicate={"kind": "workflow.freeze", "at": "2026-01-02T03:04:05.678Z"},
)


def record(**changes: Any) -> dict[str, Any]:
    """What an execution did."""
    said: dict[str, Any] = {
        "workflow": {
            "address": "acme/offboard",
            "version": "1.0.0",
            "digest": digest_bytes(WORKFLOW),
        },
        "receipts": [{"id": "r1", "digest": digest_bytes(canonical_bytes(RECEIPT))}],
        "steps": [{"id": "a", "attempts": 1, "output_digest": digest_bytes(b"{}")}],
    }
    return said | changes


def bundle(key: PrivateKey, **changes: Any) -> bytes:
    """An evidence bundle of that execution."""
    receipts = {"r1": sign_statement(RECEIPT, key)}
    return make_bundle(record=record(**changes), workflow=WORKFLOW, receipts=receipts, signer=key)
