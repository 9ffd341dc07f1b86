"""Questions for policy, made the same way each time: usual ones, bent here and there."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from tests.governance.test_policies import ACTIONS, LISTED, asked

SEED = 20261121
TENANTS = ["acme"] * 12 + ["globex", "platform", "", None]
STRANGE = [
    None, True, False, 0, 1, 2, 2.5, -1, 10**15, "", "x", "acme", "2", "\u2028\u00e9\"\\", [], ["x"],
    [None], [["admin"]], {}, {"a": 1}, {"admin": "admin"}, "admin", 1e300, '"acme"', '"low"',
    "low\x00", ["\x00", '"a.example"'], "acme\x00x", '"',
]  # fmt: skip
ROLES = ["viewer", "installer", "operator", "author", "admin", "admin", "root"]
PLATFORM = [
    "security_reviewer", "performance_reviewer", "docs_reviewer", "approver", "publisher",
    "auditor", "platform_admin", "root",
]  # fmt: skip
TYPES = [
    "workflow", "approval", "token", "secret", "policy", "template", "release", "installation",
]  # fmt: skip
HOSTS = ["a.example", "b.example", "c.example:8443"]
REVIEWS = ["docs", "performance", "security"]
GRANTS = ["release.review", "template.update", "installation.upgrade", "release.withdraw"]
SCOPES = ["execution.*", "execution.start", "workflow.*", "token.*", "policy.*", "nothing", "*"]


def _some(chance: random.Random, values: list[Any]) -> list[Any]:
    return chance.sample(values, chance.randint(0, min(3, len(values))))


def _question(chance: random.Random) -> dict[str, Any]:
    risk = chance.choice(["low", "medium", "high", "", "extreme"])
    purpose = chance.choice(
        ["", "practice", "hr.offboarding", "hr.offboarding", "hr.offboarding", "fun"]
    )
    return {
        "action": chance.choice([*ACTIONS, "workflow.destroy", ""]),
        "subject": {
            "kind": chance.choice(["user", "user", "token", "system", "anonymous", "robot"]),
            "id": chance.choice(["u1", "u2", None]),
            "tenant": chance.choice(TENANTS),
            "roles": _some(chance, ROLES),
            "platform_roles": _some(chance, PLATFORM) if chance.random() < 0.3 else [],
            "teams": _some(chance, ["Legal", "People Ops", "Ünïcode"]),
            "attributes": chance.choice([{}, {"site": "Graz"}]),
            "scopes": _some(chance, SCOPES) if chance.random() < 0.2 else None,
            "grants": _some(chance, GRANTS) if chance.random() < 0.3 else [],
        },
        "resource": {
            "type": chance.choice(TYPES),
            "id": chance.choice(["", "w1"]),
            "tenant": chance.choice(TENANTS),
            "scope": chance.choice(["tenant", "global"]),
            "risk": risk,
            "approvals": chance.choice([0, 1, 2, 3]),
            "state": chance.choice(["active", "archived", "draft"]),
            "owner": chance.choice(["u1", "u2", None]),
            "started_by": chance.choice(["u1", "u2", None]),
            "requested_by": chance.choice(["u1", "u2", None]),
            "teams": _some(chance, ["Legal", "People Ops", "Ünïcode"]),
            "scopes": _some(chance, SCOPES) if chance.random() < 0.6 else None,
            **_of_the_market(chance),
        },
        "context": {
            "purpose": purpose,
            "purpose_known": purpose in {"practice", "hr.offboarding"},
            "purpose_in_production": purpose == "hr.offboarding",
            "purpose_allows": chance.random() < 0.9,
            "in_hours": chance.random() < 0.7,
            "allowed_hosts": _mostly(chance, None, _some(chance, HOSTS)),
            "environments": _mostly(chance, None, _some(chance, ["staging", "production", ""])),
            "regions": _mostly(chance, None, _some(chance, ["eu", "us"])),
            "quota_limits": _mostly(chance, None, {"executions_per_day": 50, "seconds": 2.5}),
            "channel": chance.choice(["page", "api", "admin", "cli", "job"]),
            "environment": chance.choice(["", "staging", "production", "prod-eu"]),
            "region": chance.choice(["", "eu", "eu", "us"]),
            "profile": chance.choice(["local_workflow", "marketplace_workflow"]),
        },
    }


def _mostly(chance: random.Random, usual: Any, other: Any) -> Any:
    return usual if chance.random() < 0.75 else other


def _of_the_market(chance: random.Random) -> dict[str, Any]:
    """What is told of templates, releases and installations."""
    hosts = _some(chance, HOSTS)
    return {
        "publisher_id": chance.choice(TENANTS),
        "visibility": chance.choice(
            ["internal-only", "partner-curated", "public-ecosystem", "public-ecosystem", "secret"]
        ),
        "listed": _mostly(chance, True, False),
        "in_audience": _mostly(chance, True, False),
        "release_state": _mostly(chance, "published", chance.choice(["withdrawn", "in_review"])),
        "withdrawal": chance.choice(["", "warn", "stop"]),
        "verified": _mostly(chance, True, False),
        "stopped": _mostly(chance, False, True),
        "hosts": hosts,
        "granted_hosts": _mostly(chance, hosts, _some(chance, HOSTS)),
        "quotas": _mostly(chance, {"executions_per_day": 50, "seconds": 2}, {"seconds": 3}),
        "review_kind": chance.choice(REVIEWS),
        "submitted_by": chance.choice(["u1", "u2", "u2", None]),
        "author": chance.choice(["u1", "u2", "u2", None]),
        "decided_by": chance.choice(["u1", "u2", None]),
        "passed_reviews": _mostly(chance, REVIEWS, _some(chance, REVIEWS)),
        "errors": _mostly(chance, 0, 3),
    }


def _bend(chance: random.Random, question: dict[str, Any]) -> None:
    """Something is of another type, or not there."""
    part = chance.choice(["action", "subject", "resource", "context"])
    if part == "action" or chance.random() < 0.1 or not isinstance(question.get(part), dict):
        question[part] = copy.deepcopy(chance.choice(STRANGE))
        return
    name = chance.choice(sorted(question[part]) or ["x"])
    if chance.random() < 0.3:
        question[part].pop(name, None)
    else:
        question[part][name] = copy.deepcopy(chance.choice(STRANGE))


def questions(count: int) -> Iterator[dict[str, Any]]:
    """The listed cases, then `count` more: a third as they come, the others bent."""
    yield from (asked(case) for case in LISTED["cases"].values())
    chance = random.Random(SEED)
    for number in range(count):
        question = copy.deepcopy(_question(chance))
        for _ in range(number % 3):
            _bend(chance, question)
        yield question


def nested(depth: int) -> list[Any]:
    """Lists in lists, as deep as that."""
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner
