"""What the sample pages are about: one workflow, one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from maestro.kernel.pages.graph import GraphStep

NOW = datetime(2026, 11, 21, 9, 42, 40, tzinfo=UTC)
DIGEST = "sha256:9f2c41d07be8a35f60c1e4429d8871fa3b50c6e7d2a94f1806bb5ce37a10d4e2"
EXECUTION = UUID("019aa4b2-31c5-7c1e-9a44-4b1f4a8b2c6c")


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["employee_email", "last_day", "reason", "systems", "handover"],
    "properties": {
        "employee_email": {
            "type": "string",
            "format": "email",
            "title": "Employee’s work address",
            "description": "Who is leaving. They must be in Acme’s directory.",
        },
        "last_day": {
            "type": "string",
            "format": "date",
            "title": "Last working day",
            "description": "Access ends at 18:00 on this day. Today or later.",
        },
        "reason": {
            "title": "Reason",
            "oneOf": [
                {"const": "resignation", "title": "Resignation"},
                {"const": "redundancy", "title": "Redundancy"},
                {"const": "contract_end", "title": "End of contract"},
            ],
        },
        "systems": {
            "type": "array",
            "title": "Systems to close",
            "items": {"type": "string", "title": "System"},
            "minItems": 1,
            "maxItems": 12,
            "uniqueItems": True,
        },
        "keep": {
            "type": "array",
            "title": "Keep for the archive",
            "items": {"enum": ["mail", "files", "calendar"]},
        },
        "days": {
            "type": "integer",
            "title": "Forward mail for",
            "minimum": 1,
            "maximum": 90,
            "default": 30,
        },
        "tell_team": {
            "type": "boolean",
            "title": "Tell the team",
            "description": "A mail on the last day.",
            "default": True,
        },
        "at": {"type": "string", "format": "date-time", "title": "Not before"},
        "handover": {
            "type": "object",
            "title": "Hand-over",
            "required": ["manager_email"],
            "properties": {
                "manager_email": {
                    "type": "string",
                    "format": "email",
                    "title": "Manager’s work address",
                    "description": "Gets the files and the calendar.",
                },
                "message": {
                    "type": "string",
                    "title": "Automatic reply",
                    "maxLength": 500,
                },
            },
        },
        "labels": {"type": "object", "title": "Labels", "description": "For the ticket."},
    },
}

WORKFLOW = {
    "title": "Offboard an employee",
    "description": "Closes a leaver’s access on the last working day. It finds every account the "
    "person holds, asks for approval with that list in hand, then suspends the accounts, hands "
    "files to the manager, opens the equipment ticket and tells payroll. Nothing is deleted.",
    "address": "acme/offboard-employee",
    "url": "/workflows/acme/offboard-employee/",
    "category": "HR",
    "category_url": "/workflows/?category=HR",
    "owner_team": "People Ops",
    "risk": "high",
    "status": "active",
    "scope": "Acme only",
    "tags": [
        ("leaver", "/workflows/?tag=leaver"),
        ("access-review", "/workflows/?tag=access-review"),
    ],
    "updated_at": ago(days=17),
}
VERSION = {
    "version": "3.2.0",
    "digest": DIGEST,
    "created_at": ago(days=17),
    "frozen_by_name": "Tomás Okafor",
    "changelog": "Tells payroll by mail.",
    "is_latest": True,
}
APPROVALS = [
    {
        "title": "2 people must approve in step approve",
        "text": "From People Ops or Platform Security, within 72 hours, or it fails.",
        "code": "guard.high_risk",
    }
]
STEPS = [
    GraphStep("find_accounts", "http.request@1"),
    GraphStep("approve", "waits for 2 people", ("find_accounts",), gate=True),
    GraphStep("suspend_directory", "http.request@1", ("approve",)),
    GraphStep("revoke_cloud", "http.request@1", ("approve",)),
    GraphStep("open_ticket", "http.request@1", ("approve",)),
    GraphStep("hand_over_files", "workflow.call@1", ("suspend_directory",)),
    GraphStep("notify_payroll", "email.send@1", ("hand_over_files", "revoke_cloud", "open_ticket")),
]


def listed_run(status: str, seconds: float | None, **more: Any) -> dict[str, Any]:
    return {
        "url": f"/executions/{EXECUTION}/",
        "short_id": str(EXECUTION)[-8:],
        "status": status,
        "title": "Offboard an employee",
        "workflow": "acme/offboard-employee",
        "version": "3.2.0",
        "started_by": "Ines Ferreira",
        "purpose": "hr.offboarding",
        "started_at": ago(minutes=4),
        "seconds": seconds,
        **more,
    }
