"""The record of an execution: what its evidence says. Pure; no value of a step is in it.

Times are RFC 3339 in UTC with milliseconds, digests `sha256:<hex>` over RFC 8785 bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from maestro.kernel.canonical import digest

Row = Mapping[str, Any]


def record(
    execution: Row,
    *,
    steps: Iterable[Row],
    decisions: Iterable[Row],
    approvals: Iterable[Row],
    receipts: Iterable[Row],
    manifests: Mapping[str, str],
) -> dict[str, Any]:
    """The record, JSON. Rows are columns by name, JSON columns as text; `manifests` are the
    versions of the tasks' manifests by their references. What was not run of an installation has no
    `installation`."""
    return {
        "execution": {
            "id": str(execution["id"]),
            "tenant": str(execution["tenant_id"]),
            "status": execution["status"],
            "error": _code(execution["error"]),
            "trigger": execution["trigger"],
            "purpose": execution["purpose"],
            "reason": execution["reason"],
            "started_by": {
                "id": _text(execution["started_by"]),
                "name": execution["started_by_name"],
            },
            "created_at": _time(execution["created_at"]),
            "started_at": _time(execution["started_at"]),
            "finished_at": _time(execution["finished_at"]),
            "rerun_of": _text(execution["rerun_of_id"]),
            "called_by": _text(execution["called_by"]),
        },
        "workflow": {
            "address": execution["workflow"],
            "version": execution["version_number"],
            "digest": execution["version_digest"],
            "risk": execution["risk"],
        },
        "inputs": {
            "parameters": _digest(execution["parameters"]),
            "endpoints": _digest(execution["endpoints"]),
            "secrets": sorted(json.loads(execution["secrets"]).values()),
        },
        "outputs": _digest(execution["outputs"]),
        "steps": [_step(step, manifests) for step in steps],
        "decisions": [_decision(one) for one in decisions],
        "approvals": [_approval(one) for one in approvals],
        "receipts": [
            {"id": str(one["id"]), "kind": one["kind"], "digest": one["digest"]} for one in receipts
        ],
        **_installation(execution),
    }


def _installation(execution: Row) -> dict[str, Any]:
    """What was installed, and by which grant it ran.

    `verified_at` is when it was started: no start and no re-run gets past policy unless the
    signatures on the release's statement verify against the digest of what is to run.
    """
    if execution["grant_id"] is None:
        return {}
    return {
        "installation": {
            "id": str(execution["installation_id"]),
            "name": execution["installation"],
            "grant": str(execution["grant_id"]),
            "environment": execution["environment"],
            "region": execution["region"],
            "release": {
                "address": execution["release"],
                "statement": _digest(execution["release_statement"]),
                "verified_at": _time(execution["created_at"]),
            },
        }
    }


def _step(step: Row, manifests: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": step["step_id"],
        "item": None if step["item_index"] < 0 else step["item_index"],
        "task": step["task"],
        "manifest": manifests.get(step["task"], ""),
        "status": step["status"],
        "attempts": step["attempt"],
        "takeovers": step["takeovers"],
        "input": _digest(step["input"]),
        "output": step["output_digest"] or None,
        "error": _code(step["error"]),
        "asked": _text(step["related_id"]),
        "started_at": _time(step["started_at"]),
        "finished_at": _time(step["finished_at"]),
    }


def _decision(one: Row) -> dict[str, Any]:
    return {
        "id": str(one["id"]),
        "action": one["action"],
        "allow": one["allow"],
        "reasons": [reason["code"] for reason in json.loads(one["reasons"])],
        "obligations": json.loads(one["obligations"]),
        "revision": one["revision"],
        "input": one["input_digest"],
        "purpose": one["purpose"],
        "by": {"id": _text(one["actor_id"]), "name": one["actor_name"]},
        "at": _time(one["decided_at"]),
    }


def _approval(one: Row) -> dict[str, Any]:
    return {
        "id": str(one["id"]),
        "count": one["count"],
        "teams": one["teams"],
        "status": one["status"],
        "votes": [
            {
                "vote": vote["vote"],
                "by": {"id": vote["decided_by"], "name": vote["decided_by_name"]},
                "rationale": vote["rationale"],
                "at": _time(datetime.fromisoformat(vote["created_at"])),
            }
            for vote in json.loads(one["votes"])
        ],
    }


def _digest(text: str | None) -> str | None:
    return None if text is None else digest(json.loads(text))


def _code(error: str | None) -> str | None:
    return None if error is None else str(json.loads(error).get("code", "failed"))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
