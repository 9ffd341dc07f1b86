"""Contexts of the pages of publishing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from maestro.gallery.sample_facts import NOW
from maestro.tenancy.pages.questions import Question, ask_purpose, choices, settings_form

_ID = "0190a000-0000-7000-8000-000000000071"
_CHANGES = [
    {
        "flag": "breaking",
        "message": "The parameter `last_day` must be given now.",
        "path": "/parameters/required",
    },
    {
        "flag": "reaches_more",
        "message": "The endpoint `payroll` leads to payroll.example.",
        "path": "/endpoints/payroll",
    },
]
_REACH = [("Hosts", ["payroll.example"]), ("Tasks", ["email.send@1"])]
_FINDINGS = [
    {
        "tone": "bad",
        "code": "secret_in_clear",
        "message": "This looks like a Slack token.",
        "path": "/steps/3/with/text",
        "hint": "Declare it under secrets.",
    },
    {
        "tone": "warn",
        "code": "few_approvals",
        "message": "It is of high risk and asks one person only; 2 are usual.",
        "path": "/steps/1/with/count",
        "hint": "Let two people approve.",
    },
]


def _line(state: str = "waiting", word: str = "In review") -> dict[str, Any]:
    return {
        "title": "Offboard an employee",
        "number": "3.2.0",
        "url": "/catalog/acme/offboard-employee/",
        "state": state,
        "word": word,
        "visibility": "Everybody",
        "risk": "high",
        "by": "Ana Ruiz",
        "at": NOW - timedelta(hours=5),
        "due": NOW + timedelta(days=2),
    }


def publish() -> dict[str, Any]:
    """Before a version is put forward: what changes, what the checks say, which reviews."""
    return {
        "workflow": {
            "title": "Offboard an employee",
            "address": "acme/offboard-employee",
            "url": "/catalog/acme/offboard-employee/",
        },
        "version": "3.2.0",
        "before": "3.1.0",
        "changes": _CHANGES,
        "reach": _REACH,
        "findings": _FINDINGS,
        "refused": [
            {
                "message": "3.2.0 says too little of what changed since 3.1.0.",
                "hint": "Freeze it as 4.0.0 or later.",
                "code": "version_understated",
            }
        ],
        "reviews": [{"visibility": "Everybody", "kinds": ["Docs", "Performance", "Security"]}],
        "why_not": "",
        "submission_url": "",
        "released": False,
        "form": settings_form(
            [
                Question(
                    "version", "Version", "select", options=choices([("3.2.0", "3.2.0")], {"3.2.0"})
                ),
                ask_purpose("workflow.authoring"),
            ]
        ),
    }


def submission() -> dict[str, Any]:
    """In review: one review done, two to come."""
    return {
        "submission": _line()
        | {
            "id": _ID,
            "digest": "sha256:" + "41c07e9b" * 8,
            "note": "Payroll asked for it.",
            "rationale": "",
            "approved_by": "",
            "decided_at": None,
            "workflow": "acme/offboard-employee",
            "compared_with": "3.1.0",
        },
        "steps": [
            {"state": "succeeded", "title": "Automatic checks"},
            {"state": "succeeded", "title": "Security review"},
            {"state": "waiting", "title": "Docs review"},
            {"state": "queued", "title": "Approval"},
        ],
        "pipeline_url": "/executions/",
        "live_url": "/submissions/",
        "is_live": False,
        "etag": '"1"',
        "checked": True,
        "findings": _FINDINGS[1:],
        "reviews": [
            {
                "state": "approved",
                "kind": "Security",
                "word": "Approved",
                "who": "Sana Idris",
                "at": NOW - timedelta(hours=1),
                "rationale": "Every host is needed, and two people are asked.",
                "controls": ["SOC2:CC8.1"],
                "links": ["https://wiki.example/review/7"],
                "overridden": False,
                "overrides": False,
            }
        ],
        "missing": ["Docs", "Performance"],
        "changes": _CHANGES,
        "reach": _REACH,
        "receipts": [],
        "may_approve": True,
        "approve_why": "",
        "may_retract": True,
        "form": settings_form(
            [
                Question("rationale", "Rationale", "textarea"),
                ask_purpose("platform.operations"),
            ]
        ),
    }


def submissions() -> dict[str, Any]:
    """Two that were put forward."""
    return {
        "submissions": [_line(), _line("done", "Published") | {"number": "3.1.0", "due": None}],
        "pager": {"next": "", "previous": ""},
    }


def submissions_empty() -> dict[str, Any]:
    """None yet."""
    return {"submissions": [], "pager": {"next": "", "previous": ""}}
