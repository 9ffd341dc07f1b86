"""Contexts of the settings: what for, accesses, the audit trail, policy data, where a secret is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from governance.audit.walk import Fault, Wrong
from governance.policy.rules import SHIPPED, TenantData, WorkingHours
from governance.services.verify_audit import Checked
from maestro.gallery.sample_facts import DIGEST, EXECUTION, ago
from maestro.gallery.stand_in import SEATS
from maestro.kernel.errors import Problem, Reason
from maestro.kernel.pages.picks import names, picks
from maestro.runtime.services.read_secrets import Bound, StoredSecret
from maestro.tenancy.pages.policy_data import answers_of, data_form, in_force
from maestro.tenancy.pages.questions import Question, ask_purpose, choices, settings_form
from maestro.tenancy.pages.reading import reading_form

_TABS = [
    ("/settings/secrets/", "Secrets", None, False),
    ("/settings/access/", "Access", None, True),
    ("/settings/policy-data/", "Policy data", None, False),
]
_DATA = TenantData(
    revision=4,
    allowed_hosts=("api.example.com", "db.example.com:5432"),
    environments=("production", "staging"),
    regions=(),
    hours=WorkingHours("Europe/Lisbon", (1, 2, 3, 4, 5), "08:00", "18:00"),
    quota_limits={"executions_per_day": 1000},
)
_HEADER = {
    "settings_tabs": _TABS,
    "reads_for": "audit.evidence",
    "known_purposes": tuple(SHIPPED.values()),
}


def what_for() -> dict[str, Any]:
    """Before something is read whose reading is recorded."""
    form = reading_form("audit.evidence", known=SHIPPED.values())
    return {"form": form, "next": "/settings/secrets/"}


def go_on_in() -> dict[str, Any]:
    """A mail led to a page of another of one's tenants."""
    return {"other": SEATS[1], "next": "/installations/sync-licences/upgrade/"}


def accesses() -> dict[str, Any]:
    """A page of accesses, a refusal among them."""
    row = {
        "id": EXECUTION,
        "at": ago(minutes=4),
        "person": "Ines Ferreira",
        "channel": "page",
        "action": "secret.read",
        "what": "secret directory-admin-prod",
        "purpose": "security.rotation",
        "outcome": "allowed",
        "reasons": (),
    }
    why = Reason("role_missing", "This needs the role operator here.", "SOC2:CC6.3")
    asked = {"person": "ferreira", "resource_type": "secret", "purpose": "", "action": ""}
    return _HEADER | {
        "rows": [
            row,
            row | {"person": "Deji Adeyemi", "outcome": "refused", "reasons": (why,)},
            row
            | {"action": "execution.start", "what": "workflow acme/close-the-access-of-leavers"},
            row | {"person": "conductor", "channel": "job", "purpose": "", "what": "decision"},
        ],
        "asked": asked | {"from": "2026-11-01", "to": ""},
        "types": names(("decision", "execution", "secret"), "secret"),
        "actions": names(("decision.read", "execution.start", "secret.read"), ""),
        "purposes": names(sorted(SHIPPED), ""),
        "chips": [
            ("person", None, "Person", "ferreira"),
            ("resource_type", None, "Type", "secret"),
            ("from", None, "From", "2026-11-01"),
        ],
        "clear": "/settings/access/",
        "export": "/settings/access/export/",
        "pager": {"next": "?cursor=a", "previous": ""},
        "further_back": False,
    }


def accesses_empty() -> dict[str, Any]:
    """Nothing matches."""
    return accesses() | {"rows": [], "pager": {"next": "", "previous": ""}}


def audit() -> dict[str, Any]:
    """A page of the audit trail: what policy decided and what was done, after it was verified."""
    row = {
        "id": EXECUTION,
        "at": ago(minutes=4),
        "verb": "secret.write",
        "title": "A secret is stored",
        "outcome": "done",
        "subject": "secret directory-admin-prod",
        "person": "Ines Ferreira",
        "channel": "page",
        "purpose": "security.rotation",
        "reasons": (),
        "revision": "",
        "request_id": "",
        "digest": DIGEST,
        "before": DIGEST,
        "after": DIGEST,
        "seq": 41,
    }
    why = Reason("role_missing", "This needs the role operator here.", "SOC2:CC6.3")
    refused = {"outcome": "refused", "reasons": (why,), "revision": DIGEST, "request_id": "4711"}
    bare = {"digest": "", "before": "", "after": "", "seq": None, "purpose": "", "channel": ""}
    asked = dict.fromkeys(("person", "subject", "purpose", "outcome", "from", "to"), "")
    return _HEADER | {
        "settings_tabs": [*_TABS[:1], ("/settings/audit/", "Audit trail", None, True)],
        "rows": [row, row | bare | refused],
        "asked": asked | {"verb": "secret.write"},
        "verbs": names(("execution.start", "secret.write"), "secret.write"),
        "purposes": names(sorted(SHIPPED), ""),
        "outcomes": picks([("done", "Done"), ("refused", "Refused")], ""),
        "chips": [("verb", None, "What", "secret.write")],
        "clear": "/settings/audit/",
        "pager": {"next": "?cursor=a", "previous": ""},
        "further_back": False,
        "checked": Checked("acme", 41, 41, DIGEST, waiting=1),
        "at_once": 1000,
    }


def audit_broken() -> dict[str, Any]:
    """An entry is not as it was linked, and nothing matches."""
    fault = Fault(Wrong.RECORD_CHANGED, "Entry 41 is not as it was linked.")
    return audit() | {
        "rows": [],
        "pager": {"next": "", "previous": ""},
        "checked": Checked("acme", 40, 40, DIGEST, fault=fault),
    }


def policy_data() -> dict[str, Any]:
    """What is in force, and the form of who may change it."""
    return {
        "settings_tabs": _TABS,
        "facts": list(in_force(_DATA)),
        "in_force": _DATA.revision,
        "revision": str(_DATA.revision),
        "may_write": True,
        "form": data_form(answers_of(_DATA)),
    }


def policy_data_conflict() -> dict[str, Any]:
    """Somebody changed it meanwhile, and a host is none."""
    problems = (
        Problem("/conflict", "It was changed meanwhile: revision 4 is in force.", "conflict"),
        Problem("/allowed_hosts/0", "*.example is no host.", "invalid_host"),
    )
    answers = replace(answers_of(_DATA), texts={"allowed_hosts": "*.example"})
    return policy_data() | {"form": data_form(answers, problems)}


def policy_data_viewer() -> dict[str, Any]:
    """Nothing was ever set, for who may not."""
    data = TenantData()
    return policy_data() | {"facts": list(in_force(data)), "in_force": 0, "may_write": False}


def secret_link() -> dict[str, Any]:
    """Where a secret is kept."""
    name = "directory-admin-prod"
    secret = StoredSecret(
        name, "Suspends accounts.", "database", "", 3, ago(days=90), ago(days=9), ago(hours=2), ()
    )
    questions = [
        Question("source", "Source", "select", options=choices([("vault", "vault")], {"vault"})),
        Question("reference", "Reference", value="directory/admin#token"),
        ask_purpose("security.rotation"),
    ]
    return _HEADER | {
        "secret": secret,
        "bound": [Bound(EXECUTION, "Offboard an employee", ago(hours=2))],
        "sources": ["vault"],
        "may_store": True,
        "form": settings_form(questions),
    }


def secret_link_closed() -> dict[str, Any]:
    """No source is open."""
    return secret_link() | {"sources": []}
