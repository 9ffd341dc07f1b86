"""One context for each page and state, as the views give it: for the tests, and to look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Any
from uuid import UUID

from maestro.kernel.errors import Conflict, Denied, InvalidInput, NotFound, Problem, Reason
from maestro.kernel.pages.graph import GraphStep, draw
from maestro.kernel.pages.parameters import parameter_rows
from maestro.kernel.redaction import MASK
from maestro.runtime.pages.forms import describe, pick, read
from maestro.runtime.pages.waterfall import Span, StepFacts, waterfall

NOW = datetime(2026, 11, 21, 9, 42, 40, tzinfo=UTC)
DIGEST = "sha256:9f2c41d07be8a35f60c1e4429d8871fa3b50c6e7d2a94f1806bb5ce37a10d4e2"
EXECUTION = UUID("019aa4b2-31c5-7c1e-9a44-4b1f4h8w2n6c".replace("h", "a").replace("w", "b").replace("n", "c"))


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
        "days": {"type": "integer", "title": "Forward mail for", "minimum": 1, "maximum": 90, "default": 30},
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
    "description": "Closes a leaver’s access on the last working day. It finds every account the person holds, asks "
    "for approval with that list in hand, then suspends the accounts, hands files to the manager, opens "
    "the equipment ticket and tells payroll. Nothing is deleted.",
    "address": "acme/offboard-employee",
    "url": "/workflows/acme/offboard-employee/",
    "category": "HR",
    "category_url": "/workflows/?category=HR",
    "owner_team": "People Ops",
    "risk": "high",
    "status": "active",
    "scope": "Acme only",
    "tags": [("leaver", "/workflows/?tag=leaver"), ("access-review", "/workflows/?tag=access-review")],
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
    GraphStep(
        "notify_payroll", "email.send@1", ("hand_over_files", "revoke_cloud", "open_ticket")
    ),
]


def _listed(title: str, address: str, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "address": address,
        "url": f"/workflows/{address}/",
        "description": more.pop("description", "Moves files and calendars from one person to another."),
        "version": "1.0.4",
        "category": "HR",
        "owner_team": "People Ops",
        "risk": "low",
        "status": "active",
        "approvals": 0,
        "tags": [],
        "updated_at": ago(hours=30),
        **more,
    }


LISTED = [
    _listed(
        "Offboard an employee",
        "acme/offboard-employee",
        description="Suspends accounts, hands files to the manager, opens the equipment ticket and tells payroll.",
        version="3.2.0",
        risk="high",
        approvals=2,
        tags=["leaver", "access-review"],
        last_run={"status": "succeeded", "at": ago(minutes=14)},
        share_failed=0.012,
        runs=412,
    ),
    _listed(
        "Rotate database credentials",
        "acme/rotate-credentials",
        description="Makes a new password in the vault, moves each service over, and removes the old one when nothing uses it.",
        category="Security",
        owner_team="Platform Security",
        risk="high",
        approvals=1,
        last_run={"status": "running", "at": ago(minutes=3)},
        runs=96,
        share_failed=0.0,
    ),
    _listed(
        "Investigate a cost anomaly",
        "globex/cost-anomaly",
        description="Asks the cloud for yesterday’s cost, compares it with the month before, and opens a ticket with what stands out.",
        category="FinOps",
        owner_team="Cloud Finance",
        risk="medium",
        last_run={"status": "failed", "at": ago(hours=4)},
        runs=13,
        share_failed=0.31,
    ),
    _listed("Hand over shared files", "acme/hand-over-files"),
    _listed("Delete a leaver’s personal data", "acme/erase-leaver", status="deprecated", risk="high"),
    _listed("Collect evidence", "acme/evidence", status="draft", version="", category="Compliance"),
]


def _facet(name: str, title: str, *options: tuple[str, str, int, bool]) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "options": [
            {"value": value, "label": label, "count": count, "selected": on, "id": f"count-{name}-{at}"}
            for at, (value, label, count, on) in enumerate(options)
        ],
    }


FACETS = [
    _facet("category", "Category", ("HR", "HR", 9, False), ("Security", "Security", 7, False),
           ("Compliance", "Compliance", 5, False), ("FinOps", "FinOps", 2, False)),
    _facet("risk", "Risk", ("high", "High", 6, False), ("medium", "Medium", 9, False), ("low", "Low", 8, False)),
    _facet("status", "Status", ("active", "Active", 21, True), ("deprecated", "Deprecated", 2, True),
           ("draft", "Draft", 3, False)),
    _facet("owner", "Owner", ("People Ops", "People Ops", 8, False), ("Platform Security", "Platform Security", 7, False)),
    _facet("publisher", "Publisher", ("acme", "acme", 15, False), ("globex", "globex", 8, False)),
    _facet("scope", "Scope", ("tenant", "Acme only", 15, False), ("global", "Global", 8, False)),
    _facet("tag", "Use case", ("leaver", "leaver", 3, False), ("access-review", "access-review", 2, False)),
]


def catalog_list() -> dict[str, Any]:
    return {
        "q": "leaver access",
        "facets": FACETS,
        "facets_set": 2,
        "clear": "/workflows/",
        "chips": [("q", None, "Words", "leaver access"), ("status", "active", "Status", "Active"),
                  ("status", "deprecated", "Status", "Deprecated")],
        "total": 23,
        "found": "by words",
        "workflows": LISTED,
        "sorts": [("match", "Best match"), ("updated", "Last updated"), ("title", "Name")],
        "sort": "match",
        "pager": {"text": "1–6 of 23", "pages": [(1, ""), (2, "?page=2"), (3, "?page=3")], "next": "?page=2"},
    }


def catalog_partial() -> dict[str, Any]:
    return catalog_list()


def catalog_empty() -> dict[str, Any]:
    return catalog_list() | {
        "workflows": [],
        "total": 0,
        "pager": {},
        "ways": [("/workflows/?q=payroll", "Search “payroll” instead", "4 workflows"), ("/workflows/", "Any risk", "2 workflows")],
    }


def catalog_new() -> dict[str, Any]:
    return {"q": "", "facets": [], "clear": "/workflows/", "workflows": [], "total": 0, "chips": [], "sorts": []}


def _version(version: str, days: int, change: str, changelog: str, *, current: bool = False) -> dict[str, Any]:
    return {
        "version": version,
        "created_at": ago(days=days),
        "change": change,
        "changelog": changelog,
        "url": f"?version={version}",
        "current": current,
    }


def detail() -> dict[str, Any]:
    return {
        "workflow": WORKFLOW,
        "version": VERSION,
        "run_url": "/workflows/acme/offboard-employee/run/",
        "simulate_url": "/workflows/acme/offboard-employee/run/?mode=simulate",
        "parameters": parameter_rows(SCHEMA),
        "secrets": [("directory_admin", "Token that may suspend accounts.")],
        "graph": draw(STEPS),
        "steps": [
            {"id": step.id, "task": step.sub, "needs": step.needs, "gate": step.gate, "retries": 3, "text": ""}
            for step in STEPS
        ],
        "approvals": APPROVALS,
        "reach": {
            "hosts": ["directory.acme.example", "cloud.acme.example"],
            "tasks": ["core.approval@1", "email.send@1", "http.request@1"],
            "secrets": ["directory_admin"],
            "workflows": ["acme/hand-over-files"],
        },
        "versions": [
            _version("3.2.0", 17, "compatible", "Tells payroll by mail.", current=True),
            _version("3.1.0", 93, "reaches_more", "Closes cloud keys too."),
            _version("3.0.0", 172, "breaking", "systems is a list; it was one name."),
            _version("2.6.4", 255, "", ""),
        ],
        "runs": [_run("succeeded", 36), _run("failed", 151)],
        "runs_url": "/executions/?workflow=acme/offboard-employee",
        "receipts": [
            {"id": EXECUTION, "what": "Freeze of 3.2.0", "at": ago(days=17), "by": "Tomás Okafor", "digest": DIGEST},
            {"id": EXECUTION, "what": "Edit: owner team", "at": ago(hours=3), "by": "", "digest": DIGEST},
        ],
    }


def detail_draft() -> dict[str, Any]:
    return detail() | {
        "version": None,
        "run_url": "",
        "simulate_url": "",
        "run_why": "It has no version yet. Freeze one first.",
        "workflow": WORKFLOW | {"status": "draft", "risk": "low", "description": "", "tags": []},
        "parameters": (),
        "secrets": [],
        "graph": None,
        "steps": [],
        "approvals": [],
        "versions": [],
        "receipts": [],
        "runs": [],
        "reach": {},
        "note": "Nobody can run it until a version is frozen.",
    }


def _secrets(value: str = "", error: str = "") -> list[Any]:
    return [
        pick(
            "secret.directory_admin",
            "directory_admin",
            [("directory-admin-prod", "directory-admin-prod"), ("directory-admin-staging", "directory-admin-staging")],
            value=value,
            hint="Token that may suspend accounts.",
            error=error,
            prompt="Pick a secret",
        )
    ]


PURPOSES = [("hr.offboarding", "hr.offboarding: end of employment"), ("audit.evidence", "audit.evidence: collect evidence")]


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
            {"state": "allowed", "text": "You may run it for hr.offboarding", "code": "role.operator"},
            {"state": "needs_approval", "text": "2 approvers from People Ops or Platform Security", "code": "guard.high_risk", "control": "AC-2(3)"},
            {"state": "allowed", "text": "2 hosts, all of them its endpoints", "code": "net.endpoints"},
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
        Problem("/last_day", "12 November is 9 days ago.", "too_early", "Choose 21 November or later."),
        Problem("/systems/2", "“Jira Cloud” is already the first one.", "not_unique", "Remove it or name another."),
    ]
    return run_form() | {
        "form": describe(SCHEMA, values, [*problems, *found]),
        "secrets": _secrets(error="Pick a secret. Nothing can be called without it."),
        "purpose": _purpose("hr.offboarding"),
        "verdict": {"state": "refused", "title": "Policy would refuse this", "text": "1 rule of 3"},
    }


def run_simulated() -> dict[str, Any]:
    calls = [
        {"step": step.id, "task": step.sub, "summary": f"Would carry out {step.id}", "host": "directory.acme.example", "method": "POST", "skipped": ""}
        for step in STEPS[:3]
    ]
    calls.append({"step": "tell", "task": "email.send@1", "summary": "", "host": "", "method": "", "skipped": "Its condition is not met"})
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


def _run(status: str, seconds: float | None, **more: Any) -> dict[str, Any]:
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


def executions() -> dict[str, Any]:
    return {
        "executions": [
            _run("running", None),
            _run("waiting", None, started_at=ago(hours=3)),
            _run("queued", None, started_at=None),
            _run("succeeded", 36.2, started_at=ago(days=2)),
            _run("failed", 151, started_at=ago(days=400)),
            _run("cancelled", 0.3),
        ],
        "statuses": [("running", "Running", False), ("failed", "Failed", True)],
        "workflows": [("acme/offboard-employee", "Offboard an employee", False)],
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
        "waiting": [one, one | {"question": "", "may": False, "why": "You started this one, so somebody else decides."}],
        "decided": [one | {"state": "approved", "decided_at": ago(hours=5), "by": "Tomás Okafor"}],
        "approvals_due": 2,
    }


def approvals_empty() -> dict[str, Any]:
    return {"waiting": [], "decided": []}


START = datetime(2026, 11, 21, 9, 38, 40, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _steps(*, ended: bool) -> tuple[list[dict[str, Any]], Any]:
    last = ("cancelled", None, None) if ended else ("queued", None, None)
    facts = [
        StepFacts("find_accounts", "http.request@1", "succeeded", _at(0), _at(2.1)),
        StepFacts("approve", "core.approval@1", "succeeded", _at(2), _at(94), waits=(Span(_at(2), _at(94)),)),
        StepFacts("suspend_directory", "http.request@1", "succeeded", _at(94), _at(97.4)),
        StepFacts(
            "revoke_cloud", "http.request@1", "failed", _at(94), _at(171),
            attempts=(
                Span(_at(94), _at(106), False), Span(_at(112), _at(128.2), False), Span(_at(146), _at(171), False),
            ),
        ),
        StepFacts("open_ticket", "http.request@1", "succeeded", _at(94), _at(94.9)),
        StepFacts(
            "release_final_pay", "core.approval@1", "failed" if ended else "waiting", _at(94),
            _at(230) if ended else None,
        ),
        StepFacts("hand_over_files", "workflow.call@1", "succeeded" if ended else "running", _at(98), _at(201) if ended else None),
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
            "detail": _detail(fact),
        }
        for fact, row in zip(facts, drawn.rows, strict=True)
    ]
    steps[5] |= {"waits": "1 person from People Ops who did not start this", "until": NOW + timedelta(days=3)}
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
        "error": None,
        "child": ("/executions/child/", "9K3T7B1P") if fact.task.startswith("workflow") else None,
        "decisions": [],
        "key": f"{EXECUTION}:{fact.key}",
    }
    if fact.key == "approve":
        made["decisions"] = [
            {"state": "approved", "who": "Tomás Okafor", "rationale": "Last day confirmed with the manager.", "at": _at(30)},
            {"state": "approved", "who": "Mara Lindqvist", "rationale": "", "at": _at(92)},
        ]
    if fact.status == "failed":
        made["error"] = {
            "code": "auth_failed",
            "title": "The cloud refused the key manager’s secret",
            "message": f"the host answered 403 to all 3 attempts, with {MASK}, so retrying again will not help",
            "todo": "pick the new version of the secret, then re-run from this step.",
        }
        made["attempts"] = [
            {"number": at + 1, "started_at": span.started, "seconds": 12.0, "code": "auth_failed", "text": "waited 6 s"}
            for at, span in enumerate(fact.attempts)
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
            {"state": "allowed", "text": "Start allowed, with 2 approvals", "code": "guard.high_risk", "control": "AC-2(3)"},
            {"state": "allowed", "text": "4 step calls allowed", "code": "step.execute"},
        ],
        "receipts": [
            {"state": "verified", "text": "Start receipt", "id": EXECUTION, "note": "09:38:41"},
            {"state": "queued", "text": "Evidence bundle", "id": "", "note": "made when the execution ends"},
        ],
        "action_url": f"/executions/{EXECUTION}/act/",
        "can_cancel": True,
        "can_rerun": False,
        "rerun_why": "",
        "live_url": f"/executions/{EXECUTION}/live/?since=12",
        "etag": '"12-300"',
    }


def execution_failed() -> dict[str, Any]:
    page = execution_running()
    steps, drawn = _steps(ended=True)
    ended = {"status": "failed", "is_live": False, "finished_at": _at(231), "seconds": 231.4, "outputs": {"closed": 3, "list": [{"a": 1}]},
             "error": {"code": "failed", "title": "2 steps failed", "message": "", "todo": "open the first failed step below"},
             "parent": ("/executions/up/", "7A6B5C4D"), "rerun_of": ("/executions/before/", "1A2B3C4D")}
    return page | {
        "execution": page["execution"] | ended,
        "steps": steps,
        "ticks": drawn.ticks,
        "rate": drawn.rate,
        "notices": [("failed", "2 steps failed", "#step-revoke_cloud")],
        "can_cancel": False,
        "can_rerun": True,
        "approvals": [page["approvals"][0] | {"state": "rejected", "may": False, "decisions": [
            {"state": "rejected", "who": "Mara Lindqvist", "rationale": "Not before the 30th.", "at": _at(200)}]}],
        "done": 8,
    }


def live() -> dict[str, Any]:
    return execution_running() | {"axis_changed": True, "approvals_changed": True}


def login() -> dict[str, Any]:
    return {"form": _login_form(), "next": "/"}


def login_demo() -> dict[str, Any]:
    from maestro.tenancy.demo import demo_people

    return {"form": _login_form(), "next": "/executions/", "demo_accounts": demo_people(), "demo_password": "maestro-demo"}


def login_refused() -> dict[str, Any]:
    return {"form": _login_form(wrong=True), "next": "/"}


def _login_form(*, wrong: bool = False) -> Any:
    errors = ["Please enter a correct email address and password."] if wrong else []
    return Thing(
        non_field_errors=errors,
        errors={"__all__": errors} if wrong else {},
        username=Thing(id_for_label="id_username", value="ines@acme.test" if wrong else None, errors=[]),
        password=Thing(id_for_label="id_password", errors=["This field is required."] if wrong else []),
    )


def locked_out() -> dict[str, Any]:
    return {"cooloff_timedelta": timedelta(minutes=15)}


def denied() -> dict[str, Any]:
    reasons = (
        Reason("role.operator", "Running a workflow needs the role operator; you are a viewer.", "AC-3"),
        Reason("purpose.allowed", "This workflow may not be run for audit.evidence."),
    )
    error = Denied(reasons=reasons, hint="Ask an admin of Acme for the role operator.")
    return {"error": error, "reasons": reasons}


def conflict() -> dict[str, Any]:
    return {"error": Conflict("This execution has already ended.", hint="Re-run it instead."), "reasons": ()}


def not_found() -> dict[str, Any]:
    return {"error": NotFound("There is no execution 4H8W2N6C in Acme."), "reasons": ()}


def invalid() -> dict[str, Any]:
    problems = [Problem("/steps/0/task", "There is no task http.requst@1.", "unknown_task", "Did you mean http.request@1?", line=12)]
    return {"error": InvalidInput("The document is not valid.", problems=problems), "reasons": ()}


PAGES: Mapping[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "catalog": ("catalog/list.html", catalog_list),
    "catalog-empty": ("catalog/list.html", catalog_empty),
    "catalog-new": ("catalog/list.html", catalog_new),
    "detail": ("catalog/detail.html", detail),
    "detail-draft": ("catalog/detail.html", detail_draft),
    "run": ("runtime/run.html", run_form),
    "run-errors": ("runtime/run.html", run_with_errors),
    "run-simulated": ("runtime/run.html", run_simulated),
    "execution": ("runtime/execution.html", execution_running),
    "execution-failed": ("runtime/execution.html", execution_failed),
    "executions": ("runtime/list.html", executions),
    "executions-empty": ("runtime/list.html", executions_empty),
    "approvals": ("runtime/approvals.html", approvals),
    "approvals-empty": ("runtime/approvals.html", approvals_empty),
    "login": ("switchboard/login.html", login),
    "login-demo": ("switchboard/login.html", login_demo),
    "login-refused": ("switchboard/login.html", login_refused),
    "locked-out": ("switchboard/locked_out.html", locked_out),
    "denied": ("switchboard/problem.html", denied),
    "conflict": ("switchboard/problem.html", conflict),
    "not-found": ("switchboard/problem.html", not_found),
    "invalid": ("switchboard/problem.html", invalid),
    "400": ("400.html", dict),
    "403": ("403.html", dict),
    "403-csrf": ("403_csrf.html", dict),
    "404": ("404.html", dict),
    "500": ("500.html", dict),
}
PARTIALS: Mapping[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "results": ("catalog/_results.html", catalog_partial),
    "preview": ("runtime/_preview.html", run_form),
    "live": ("runtime/_live.html", live),
    "step": ("runtime/_step_body.html", lambda: {"step": execution_running()["steps"][3]}),
}
