"""Contexts of the marketplace's pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from governance.services.verify_receipt import Verification
from maestro.gallery.sample_catalog import FACETS, facet
from maestro.gallery.sample_facts import DIGEST, ago
from maestro.kernel.pages.picks import picks


def _mark(name: str, evidence: str) -> dict[str, str]:
    return {"name": name, "href": f"/marketplace/northwind/cost-anomaly/#{evidence}"}


CERTIFIED = _mark("certified", "certification")
TRUSTED = _mark("trusted", "health")
VERIFIED = _mark("verified_publisher", "publisher")


def _listed(title: str, address: str, **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "address": address,
        "url": f"/marketplace/{address}/",
        "description": "Moves files and calendars from one person to another.",
        "number": "1.0.4",
        "category": "HR",
        "owner_team": "People Ops",
        "risk": "low",
        "is_unlisted": False,
        "marks": [],
        "installs": 0,
        "is_installed": False,
        "last_run": None,
        "updated_at": ago(hours=30),
        **more,
    }


LISTED = [
    _listed(
        "Investigate a cost anomaly",
        "northwind/cost-anomaly",
        description="Finds the accounts behind a cost that is out of line, and asks their owners.",
        number="3.0.0",
        category="FinOps",
        owner_team="Northwind Cost Desk",
        risk="medium",
        marks=[CERTIFIED, TRUSTED, VERIFIED],
        installs=18,
        is_installed=True,
        last_run={"status": "succeeded", "at": ago(minutes=14)},
        share_failed=0.004,
        runs=1200,
    ),
    _listed(
        "Isolate a compromised host",
        "globex/isolate-host",
        category="Security",
        risk="high",
        marks=[_mark("unhealthy", "health"), _mark("review_expired", "reviews")],
        last_run={"status": "failed", "at": ago(hours=4)},
        share_failed=0.31,
        runs=45,
        installs=6,
    ),
    _listed(
        "Delete a leaver’s personal data",
        "globex/erase-leaver",
        risk="high",
        marks=[_mark("deprecated", "standing")],
        installs=1,
    ),
    _listed("Hand over shared files", "acme/hand-over-files", number="", is_unlisted=True),
]


def marketplace() -> dict[str, Any]:
    return {
        "q": "",
        "facets": [
            *FACETS[:2],
            facet(
                "badge",
                "Trust",
                ("certified", "Certified", 11, True),
                ("trusted", "Trusted", 8, False),
                ("unhealthy", "Unhealthy", 1, False),
            ),
        ],
        "facets_set": 1,
        "clear": "/marketplace/",
        "chips": [("badge", "certified", "Trust", "Certified")],
        "total": 11,
        "templates": LISTED,
        "sorts": picks([("best", "Best match"), ("installs", "Most installed")], "best"),
        "pager": {"text": "1–4 of 11", "pages": [(1, ""), (2, "?page=2")], "next": "?page=2"},
    }


def marketplace_empty() -> dict[str, Any]:
    return marketplace() | {
        "templates": [],
        "total": 0,
        "pager": {},
        "ways": [("/marketplace/", "Any badge or warning", None)],
    }


def marketplace_new() -> dict[str, Any]:
    return {"facets": [], "clear": "/marketplace/", "templates": [], "total": 0, "chips": []}


def release() -> dict[str, Any]:
    return {
        "template": {
            "title": "Investigate a cost anomaly",
            "description": "Finds the accounts behind a daily cost that is out of line, asks their "
            "owners, and writes one finding. It reads costs; it changes nothing.",
            "address": "northwind/cost-anomaly",
            "publisher": "northwind",
            "publisher_url": "/marketplace/?publisher=northwind",
            "category": "FinOps",
            "owner_team": "Northwind Cost Desk",
            "author": "Tomás Okafor",
            "shown_to": "Named partners",
            "installs": 18,
            "latest_number": "3.0.0",
            "latest_url": "/marketplace/northwind/cost-anomaly/",
        },
        "release": {
            "number": "3.0.0",
            "risk": "medium",
            "digest": DIGEST,
            "released_at": ago(days=4),
            "by": "Petra Novak",
            "origin": "",
            "is_latest": True,
        },
        "marks": [
            {"name": "certified", "href": "#certification", "why": "All 22 points hold."},
            {"name": "trusted", "href": "#health", "why": "0.4 % of 1200 runs failed."},
            {"name": "verified_publisher", "href": "#publisher", "why": "By DNS."},
        ],
        "banners": [],
        "install": {"url": "/marketplace/northwind/cost-anomaly/install/"},
        "reach": [
            ("Hosts", ["billing.northwind.example", "costs.cloud.example"]),
            ("Tasks", ["http.request@1", "email.send@1"]),
            ("Secrets, chosen by you", ["billing_token"]),
        ],
        "health": {
            "runs_7": 310,
            "runs_30": 1200,
            "tenants_30": 15,
            "failure_rate": 0.004,
            "average": 72.0,
            "p95": 110.0,
            "last_status": "succeeded",
            "last_at": ago(hours=1),
            "rolled_up_at": ago(minutes=12),
        },
        "own": {"runs": 31, "failed": 1, "average_seconds": 69.5, "last_at": ago(hours=2)},
        "days": 30,
        "least_runs": 20,
        "least_tenants": 5,
        "reviews": [
            {
                "kind": kind,
                "state": "approved",
                "by": by,
                "at": date(2026, 11, 16),
                "controls": controls,
            }
            for kind, by, controls in (
                ("Security", "Mara Lindqvist", ["AC-6", "SC-7"]),
                ("Performance", "Deji Adeyemi", ["SLO-4"]),
                ("Docs", "Hana Kobayashi", []),
            )
        ],
        "approved_by": "Petra Novak",
        "reviewed_by": ["Mara Lindqvist", "Deji Adeyemi", "Hana Kobayashi"],
        "last_reviewed_at": ago(days=5),
        "certification": {
            "certified_by_name": "Amara Diallo",
            "created_at": ago(days=5),
            "expires_at": ago(days=-175),
            "rationale": "The checklist holds in all 22 points.",
        },
        "verified_publisher": {
            "evidence": "By a record in northwind.example, on 3 March 2026.",
            "link": "https://northwind.example/maestro.txt",
        },
        "verification": Verification(verified=True, signers=frozenset({"ed25519-4f1c"})),
        "attestation_url": "/marketplace/northwind/cost-anomaly/3.0.0/attestation/",
        "releases": [
            {
                "number": number,
                "url": f"/marketplace/northwind/cost-anomaly/{number}/",
                "is_shown": number == "3.0.0",
                "is_breaking": number == "3.0.0",
                "status": status,
                "released_at": ago(days=days),
                "changelog": changelog,
            }
            for number, days, status, changelog in (
                ("3.0.0", 4, "published", "Scores anomalies with a model. The owner is a list."),
                ("2.2.0", 110, "superseded", "Reads costs up to 30 days back."),
                ("2.1.0", 186, "withdrawn", "Asks the owner before it writes a finding."),
            )
        ],
        "instances": [
            {
                "name": "cost-anomaly",
                "url": "/installations/cost-anomaly/",
                "where": ["2.2.0", "production", "eu-west"],
                "is_stopped": False,
                "is_behind": True,
            }
        ],
        "adoptions_url": "",
        "workflow_url": "",
    }


def release_withdrawn() -> dict[str, Any]:
    found = release()
    return found | {
        "release": found["release"] | {"number": "2.1.0", "risk": "high", "is_latest": False},
        "marks": [{"name": "withdrawn", "href": "#standing", "why": "It tells the wrong owner."}],
        "banners": [
            {
                "tone": "bad",
                "title": "Withdrawn: it can’t be installed",
                "text": "It tells the wrong owner.",
                "url": "/marketplace/northwind/cost-anomaly/2.2.0/",
                "label": "Use northwind/cost-anomaly@2.2.0 instead",
            },
            {
                "tone": "info",
                "title": "There is another release: 3.0.0",
                "url": "/marketplace/northwind/cost-anomaly/",
                "label": "Open the latest release",
            },
        ],
        "install": {"why": "It was withdrawn."},
        "health": None,
        "own": None,
        "certification": None,
        "verified_publisher": None,
        "instances": [],
        "reviews": [],
        "reach": [],
        "verification": Verification(verified=False, why_not="Its key is not trusted here."),
    }


def adoptions() -> dict[str, Any]:
    return {
        "title": "Investigate a cost anomaly",
        "address": "northwind/cost-anomaly",
        "url": "/marketplace/northwind/cost-anomaly/",
        "number": "",
        "by_number": [("3.0.0", 11), ("2.2.0", 7)],
        "rows": [
            {
                "tenant": tenant,
                "number": number,
                "channel": channel,
                "status": "Active",
                "since": ago(days=days),
            }
            for tenant, number, channel, days in (
                ("globex", "3.0.0", "Minor versions", 2),
                ("acme", "2.2.0", "Nothing, it stays", 90),
            )
        ],
        "pager": {"next": "?below=01"},
    }


def adoptions_none() -> dict[str, Any]:
    return adoptions() | {"rows": [], "by_number": [], "pager": {}}
