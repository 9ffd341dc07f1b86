"""Contexts of the run form, of the executions and of the approvals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from maestro.gallery.sample_facts import (
    APPROVALS,
    EXECUTION,
    NOW,
    SCHEMA,
    STEPS,
    VERSION,
    WORKFLOW,
    ago,
    listed_run,
)
from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import picks
from maestro.runtime.pages.forms import describe, pick
from maestro.runtime.pages.reading import read


def _secrets(value: str = "", error: str = "") -> list[Any]:
    return [
        pick(
            "secret.directory_admin",
            "directory_admin",
            [
                ("directory-admin-prod", "directory-admin-prod"),
                ("directory-admin-staging", "directory-admin-staging"),
            ],
            value=value,
            hint="Token that may suspend accounts.",
            error=error,
            prompt="Pick a secret",
        )
    ]


PURPOSES = [
    ("hr.offboarding", "hr.offboarding: end of employment"),
    ("audit.evidence", "audit.evidence: collect evidence"),
]


def _purpose(value: str = "") -> Any:
    return pick(
        "purpose",
        "Purpose of access",
        PURPOSES,
        value=value,
        hint="Recorded with every decision this execution makes, and shown to auditors.",
        prompt="Choose a purpose",
    )


def run_form() -> dict[str, Any]:
    return {
        "workflow": WORKFLOW,
        "version": VERSION,
        "form": describe(
            SCHEMA,
            example={
                "employee_email": "j.moreau@acme.example",
                "last_day": "2026-12-18",
                "reason": "resignation",
                "systems": ["Jira Cloud", "Cloud console"],
                "keep": ["files"],
                "handover": {"manager_email": "a.silva@acme.example"},
            },
        ),
        "secrets": _secrets(),
        "purpose": _purpose(),
        "approvals": APPROVALS,
        "preview_url": "/workflows/acme/offboard-employee/preview/",
        "revision": "r118",
        "verdict": {"state": "needs_approval", "title": "It would start, then wait for 2 people"},
        "rules": [
            {
                "state": "allowed",
                "text": "You may run it for hr.offboarding",
                "code": "role.operator",
            },
            {
                "state": "needs_approval",
                "text": "2 approvers from People Ops or Platform Security",
                "code": "guard.high_risk",
                "control": "AC-2(3)",
            },
            {
                "state": "allowed",
                "text": "2 hosts, all of them its endpoints",
                "code": "net.endpoints",
            },
        ],
        "effects": ["Calls directory.acme.example and cloud.acme.example.", "Sends 1 mail."],
        "approvers": [("Tomás Okafor", "People Ops"), ("Mara Lindqvist", "Platform Security")],
    }


def run_with_errors() -> dict[str, Any]:
    posted = {
        "p/employee_email": ["j.moreau@acme.example"],
        "p/last_day": ["2026-11-12"],
        "p/reason": ["resignation"],
        "p/systems": ["Jira Cloud", "Cloud console", "Jira Cloud"],
        "p/days": ["a month"],
        "p/handover/manager_email": [""],
        "p/handover/message": ["I have left Acme.\nPlease write to people-ops@acme.example."],
        "j/labels": ["{not json"],
    }
    values, problems = read(SCHEMA, posted)
    found = [
        Problem(
            "/last_day", "12 November is 9 days ago.", "too_early", "Choose 21 November or later."
        ),
        Problem(
            "/systems/2",
            "“Jira Cloud” is already the first one.",
            "not_unique",
            "Remove it or name another.",
        ),
    ]
    return run_form() | {
        "form": describe(SCHEMA, values, [*problems, *found]),
        "secrets": _secrets(error="Pick a secret. Nothing can be called without it."),
        "purpose": _purpose("hr.offboarding"),
        "verdict": {"state": "refused", "title": "Policy would refuse this", "text": "1 rule of 3"},
    }


def run_simulated() -> dict[str, Any]:
    calls = [
        {
            "step": step.id,
            "task": step.sub,
            "summary": f"Would carry out {step.id}",
            "host": "directory.acme.example",
            "method": "POST",
            "skipped": "",
        }
        for step in STEPS[:3]
    ]
    calls.append(
        {
            "step": "tell",
            "task": "email.send@1",
            "summary": "",
            "host": "",
            "method": "",
            "skipped": "Its condition is not met",
        }
    )
    return run_form() | {
        "simulation": {
            "ok": True,
            "title": "3 calls, 1 mail",
            "text": "",
            "calls": calls,
            "secrets": ["directory-admin-prod"],
            "hosts": [],
        }
    }


def executions() -> dict[str, Any]:
    return {
        "executions": [
            listed_run("running", None),
            listed_run("waiting", None, started_at=ago(hours=3)),
            listed_run("queued", None, started_at=None),
            listed_run("succeeded", 36.2, started_at=ago(days=2)),
            listed_run("failed", 151, started_at=ago(days=400)),
            listed_run("cancelled", 0.3),
        ],
        "statuses": picks([("running", "Running"), ("failed", "Failed")], "failed"),
        "workflows": [("acme/offboard-employee", "Offboard an employee")],
        "mine": True,
        "chips": [("status", "failed", "Status", "Failed"), ("mine", None, "Started by", "me")],
        "clear": "/executions/",
        "pager": {"text": "", "pages": [], "previous": "", "next": "?cursor=abc"},
    }


def executions_empty() -> dict[str, Any]:
    return executions() | {"executions": [], "chips": [], "pager": {}, "mine": False}


def approvals() -> dict[str, Any]:
    one = {
        "url": f"/executions/{EXECUTION}/#approvals",
        "question": "May payroll release the final pay of J. Moreau on 30 November?",
        "title": "Offboard an employee",
        "step": "release_final_pay",
        "requested_by": "Deji Adeyemi",
        "since": ago(minutes=2),
        "expires_at": NOW + timedelta(hours=71),
        "count": 2,
        "given": 1,
        "teams": ["People Ops"],
        "may": True,
        "why": "",
    }
    return {
        "waiting": [
            one,
            one
            | {
                "question": "",
                "may": False,
                "why": "You started this one, so somebody else decides.",
            },
        ],
        "decided": [one | {"state": "approved", "decided_at": ago(hours=5), "by": "Tomás Okafor"}],
        "approvals_due": 2,
    }


def approvals_empty() -> dict[str, Any]:
    return {"waiting": [], "decided": []}
