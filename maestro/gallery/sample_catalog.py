"""Contexts of the catalog's pages."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from maestro.gallery.sample_facts import (
    APPROVALS,
    DIGEST,
    EXECUTION,
    SCHEMA,
    STEPS,
    VERSION,
    WORKFLOW,
    ago,
    listed_run,
)
from maestro.kernel.pages.graph import draw
from maestro.kernel.pages.parameters import parameter_rows
from maestro.kernel.pages.picks import picks


def _listed(title: str, address: str, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "address": address,
        "url": f"/workflows/{address}/",
        "description": more.pop(
            "description", "Moves files and calendars from one person to another."
        ),
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
        description="Suspends accounts, hands files to the manager, and tells payroll.",
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
        description="Makes a new password in the vault, moves each service over, and removes the "
        "old one when nothing uses it.",
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
        description="Asks the cloud for yesterday’s cost, compares it with the month before, and "
        "opens a ticket with what stands out.",
        category="FinOps",
        owner_team="Cloud Finance",
        risk="medium",
        last_run={"status": "failed", "at": ago(hours=4)},
        runs=13,
        share_failed=0.31,
    ),
    _listed("Hand over shared files", "acme/hand-over-files"),
    _listed(
        "Delete a leaver’s personal data", "acme/erase-leaver", status="deprecated", risk="high"
    ),
    _listed("Collect evidence", "acme/evidence", status="draft", version="", category="Compliance"),
]


def facet(name: str, title: str, *options: tuple[str, str, int, bool]) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "options": [
            {
                "value": value,
                "label": label,
                "count": count,
                "selected": on,
                "id": f"count-{name}-{at}",
            }
            for at, (value, label, count, on) in enumerate(options)
        ],
    }


FACETS = [
    facet(
        "category",
        "Category",
        ("HR", "HR", 9, False),
        ("Security", "Security", 7, False),
        ("Compliance", "Compliance", 5, False),
        ("FinOps", "FinOps", 2, False),
    ),
    facet(
        "risk",
        "Risk",
        ("high", "High", 6, False),
        ("medium", "Medium", 9, False),
        ("low", "Low", 8, False),
    ),
    facet(
        "status",
        "Status",
        ("active", "Active", 21, True),
        ("deprecated", "Deprecated", 2, True),
        ("draft", "Draft", 3, False),
    ),
    facet(
        "owner",
        "Owner",
        ("People Ops", "People Ops", 8, False),
        ("Platform Security", "Platform Security", 7, False),
    ),
    facet("publisher", "Publisher", ("acme", "acme", 15, False), ("globex", "globex", 8, False)),
    facet("scope", "Scope", ("tenant", "Acme only", 15, False), ("global", "Global", 8, False)),
    facet(
        "tag",
        "Use case",
        ("leaver", "leaver", 3, False),
        ("access-review", "access-review", 2, False),
    ),
]


def catalog_list() -> dict[str, Any]:
    return {
        "q": "leaver access",
        "facets": FACETS,
        "facets_set": 2,
        "clear": "/workflows/",
        "chips": [
            ("q", None, "Words", "leaver access"),
            ("status", "active", "Status", "Active"),
            ("status", "deprecated", "Status", "Deprecated"),
        ],
        "total": 23,
        "found": "by words",
        "workflows": LISTED,
        "sorts": picks(
            [("match", "Best match"), ("updated", "Last updated"), ("title", "Name")], "match"
        ),
        "pager": {
            "text": "1–6 of 23",
            "pages": [(1, ""), (2, "?page=2"), (3, "?page=3")],
            "next": "?page=2",
        },
    }


def catalog_empty() -> dict[str, Any]:
    return catalog_list() | {
        "workflows": [],
        "total": 0,
        "pager": {},
        "ways": [
            ("/workflows/?q=payroll", "Search “payroll” instead", "4 workflows"),
            ("/workflows/", "Any risk", "2 workflows"),
        ],
    }


def catalog_new() -> dict[str, Any]:
    return {
        "q": "",
        "facets": [],
        "clear": "/workflows/",
        "workflows": [],
        "total": 0,
        "chips": [],
        "sorts": [],
    }


def _version(
    version: str, days: int, change: str, changelog: str, *, current: bool = False
) -> dict[str, Any]:
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
            {
                "id": step.id,
                "task": step.sub,
                "needs": step.needs,
                "gate": step.gate,
                "retries": 3,
                "text": "",
            }
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
        "runs": [listed_run("succeeded", 36), listed_run("failed", 151)],
        "runs_url": "/executions/?workflow=acme/offboard-employee",
        "runs_part_url": reverse("gallery:part", args=["unchanged"]),
        "receipts": [
            {
                "id": EXECUTION,
                "url": f"/receipts/{EXECUTION}/",
                "state": "verified",
                "what": "Freeze of 3.2.0",
                "at": ago(days=17),
                "by": "Tomás Okafor",
                "digest": DIGEST,
            },
            {
                "id": EXECUTION,
                "url": f"/receipts/{EXECUTION}/",
                "state": "verified",
                "what": "Edit: owner team",
                "at": ago(hours=3),
                "by": "",
                "digest": DIGEST,
            },
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
