"""Contexts of an execution's page and of what it polls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse

from connectors.contract import MadeCall
from maestro.gallery.sample_facts import DIGEST, EXECUTION, NOW
from maestro.kernel.redaction import MASK
from maestro.runtime.pages.waterfall import Span, StepFacts, waterfall

START = datetime(2026, 11, 21, 9, 38, 40, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _steps(*, ended: bool) -> tuple[list[dict[str, Any]], Any]:
    last = ("cancelled", None, None) if ended else ("queued", None, None)
    facts = [
        StepFacts("find_accounts", "http.request@1", "succeeded", _at(0), _at(2.1)),
        StepFacts(
            "approve",
            "core.approval@1",
            "succeeded",
            _at(2),
            _at(94),
            waits=(Span(_at(2), _at(94)),),
        ),
        StepFacts("suspend_directory", "http.request@1", "succeeded", _at(94), _at(97.4)),
        StepFacts(
            "revoke_cloud",
            "http.request@1",
            "failed",
            _at(94),
            _at(171),
            attempts=(
                Span(_at(94), _at(106), False),
                Span(_at(112), _at(128.2), False),
                Span(_at(146), _at(171), False),
            ),
        ),
        StepFacts("open_ticket", "http.request@1", "succeeded", _at(94), _at(94.9)),
        StepFacts(
            "release_final_pay",
            "core.approval@1",
            "failed" if ended else "waiting",
            _at(94),
            _at(230) if ended else None,
        ),
        StepFacts(
            "hand_over_files",
            "workflow.call@1",
            "succeeded" if ended else "running",
            _at(98),
            _at(201) if ended else None,
        ),
        StepFacts("notify_payroll", "email.send@1", *last),
    ]
    drawn = waterfall(facts, started=START, finished=_at(231) if ended else None, now=NOW)
    steps = [
        {
            "key": fact.key,
            "id": fact.key,
            "task": fact.task,
            "note": "2 people" if fact.key == "approve" else "",
            "status": fact.status,
            "attempt": max(1, len(fact.attempts)),
            "attempts": 3,
            "started_at": fact.started,
            "seconds": row.seconds,
            "bars": row.bars,
            "open": fact.key == "revoke_cloud",
            "can_rerun": ended,
            "url": f"?step={fact.key}#step-{fact.key}",
            "part_url": reverse("gallery:part", args=["step"]),
            "detail": _detail(fact),
        }
        for fact, row in zip(facts, drawn.rows, strict=True)
    ]
    steps[5] |= {
        "waits": "1 person from People Ops who did not start this",
        "until": NOW + timedelta(days=3),
    }
    return steps, drawn


def _detail(fact: StepFacts) -> dict[str, Any] | None:
    if fact.key == "open_ticket":
        return None
    made: dict[str, Any] = {
        "input": {"account": "j.moreau", "region": "eu-west", "secret": MASK},
        "output": {"closed": 3, "ids": ["a1", "b2"]} if fact.status == "succeeded" else None,
        "output_digest": DIGEST if fact.status == "succeeded" else "",
        "attempts": [],
        "log": [],
        "calls": [],
        "error": None,
        "child": ("/executions/child/", "9K3T7B1P") if fact.task.startswith("workflow") else None,
        "decisions": [],
        "items": [],
        "key": f"{EXECUTION}:{fact.key}",
    }
    if fact.key == "approve":
        made["decisions"] = [
            {
                "state": "approved",
                "who": "Tomás Okafor",
                "rationale": "Last day confirmed with the manager.",
                "at": _at(30),
            },
            {"state": "approved", "who": "Mara Lindqvist", "rationale": "", "at": _at(92)},
        ]
    if fact.status == "failed":
        made["error"] = {
            "code": "auth_failed",
            "title": "The cloud refused the key manager’s secret",
            "message": f"the host answered 403 to all 3 attempts, with {MASK}, so retrying again "
            "will not help",
            "todo": "pick the new version of the secret, then re-run from this step.",
        }
        made["attempts"] = [
            {
                "number": at + 1,
                "started_at": span.started,
                "seconds": 12.0,
                "code": "auth_failed",
                "text": "waited 6 s",
            }
            for at, span in enumerate(fact.attempts)
        ]
        made["calls"] = [
            MadeCall(
                "http", "POST", "cloud.acme.example", "/keys/revoke", "403", 212, 12.0, "c-8f21"
            ),
            MadeCall("http", "POST", "cloud.acme.example", "/keys/revoke", "timed_out", 0, 16.2),
        ]
        made["log"] = [
            (_at(146.1), "attempt 3 of 3", False),
            (_at(146.14), "POST cloud.acme.example /keys/revoke", False),
            (_at(171.2), "403 auth_failed: unknown key version <&>", True),
        ]
    return made


def execution_running() -> dict[str, Any]:
    steps, drawn = _steps(ended=False)
    return {
        "execution": {
            "id": EXECUTION,
            "short_id": str(EXECUTION)[-8:],
            "title": "Offboard an employee",
            "workflow": "acme/offboard-employee",
            "workflow_url": "/workflows/acme/offboard-employee/",
            "version": "3.2.0",
            "digest": DIGEST,
            "status": "running",
            "is_live": True,
            "started_by": "Deji Adeyemi",
            "purpose": "hr.offboarding",
            "trigger": "the API",
            "created_at": START,
            "started_at": START,
            "finished_at": None,
            "seconds": None,
            "cancel_requested": False,
            "parent": None,
            "rerun_of": None,
            "parameters": [
                ("employee_email", "j.moreau@acme.example"),
                ("last_day", "2026-11-21"),
                ("systems", ["Jira Cloud", "Cloud console"]),
                ("handover", {"manager_email": "a.silva@acme.example"}),
                ("token", MASK),
            ],
            "secrets": [("directory_admin", "directory-admin-prod")],
            "outputs": None,
            "error": None,
        },
        "notices": [
            ("failed", "1 step failed", "#step-revoke_cloud"),
            ("waiting", "1 waits for you", "#approvals"),
        ],
        "steps": steps,
        "done": 5,
        "total": 8,
        "ticks": drawn.ticks,
        "rate": drawn.rate,
        "approvals": [
            {
                "id": 7,
                "step": "release_final_pay",
                "message": "May payroll release the final pay of J. Moreau on 30 November?",
                "state": "pending",
                "given": 0,
                "count": 1,
                "teams": ["People Ops"],
                "expires_at": NOW + timedelta(days=3),
                "may": True,
                "why": "You may: you are in People Ops and did not start this.",
                "url": "/approvals/7/",
                "decisions": [],
            }
        ],
        "decisions": [
            {
                "state": "allowed",
                "text": "Start allowed, with 2 approvals",
                "code": "guard.high_risk",
                "control": "AC-2(3)",
            },
            {"state": "allowed", "text": "4 step calls allowed", "code": "step.execute"},
        ],
        "receipts": [
            {
                "state": "verified",
                "text": "approval.decide",
                "id": EXECUTION,
                "url": f"/receipts/{EXECUTION}/",
                "note": "Tomás Okafor",
            },
        ],
        "evidence": None,
        "installation": {
            "name": "leavers",
            "url": "/installations/leavers/",
            "release": "northwind/offboard-employee@3.2.0",
            "statement": DIGEST,
            "grant": "0190a000-0000-7000-8000-000000000001",
            "environment": "production",
            "region": "eu-west",
            "verified_at": NOW - timedelta(minutes=6),
        },
        "action_url": f"/executions/{EXECUTION}/act/",
        "can_cancel": True,
        "can_rerun": False,
        "rerun_why": "",
        "live_url": reverse("gallery:part", args=["unchanged"]),
        "etag": '"12-300"',
    }


def execution_failed() -> dict[str, Any]:
    page = execution_running()
    steps, drawn = _steps(ended=True)
    ended = {
        "status": "failed",
        "is_live": False,
        "finished_at": _at(231),
        "seconds": 231.4,
        "outputs": {"closed": 3, "list": [{"a": 1}]},
        "error": {
            "code": "failed",
            "title": "2 steps failed",
            "message": "",
            "todo": "open the first failed step below",
        },
        "parent": ("/executions/up/", "7A6B5C4D"),
        "rerun_of": ("/executions/before/", "1A2B3C4D"),
    }
    return page | {
        "execution": page["execution"] | ended,
        "steps": steps,
        "ticks": drawn.ticks,
        "rate": drawn.rate,
        "notices": [("failed", "2 steps failed", "#step-revoke_cloud")],
        "can_cancel": False,
        "can_rerun": True,
        "approvals": [
            page["approvals"][0]
            | {
                "state": "rejected",
                "may": False,
                "decisions": [
                    {
                        "state": "rejected",
                        "who": "Mara Lindqvist",
                        "rationale": "Not before the 30th.",
                        "at": _at(200),
                    }
                ],
            }
        ],
        "done": 8,
    }


def live() -> dict[str, Any]:
    return execution_running() | {"axis_changed": True, "approvals_changed": True}
