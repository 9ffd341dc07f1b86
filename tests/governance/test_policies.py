"""The policies, asked of the embedded engine: the listed cases, and every role and action."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from governance.policy.bundle import POLICIES
from governance.policy.engine import engine
from governance.policy.trial import laid_over
from governance.services.authorize import RECORDED_READS
from tests.services_report import real_service

LISTED = yaml.safe_load((POLICIES / "tests" / "cases.yaml").read_text())
TABLES = json.loads((POLICIES / "data.json").read_text())["maestro"]["tables"]
ACTIONS: dict[str, dict[str, Any]] = TABLES["actions"]
AUDITED = {name for name, action in ACTIONS.items() if action.get("audited")}

VIEWER = {
    "approval.read", "evidence.read", "execution.read", "member.read", "policy.preview", "policy.read",
    "receipt.read", "tenant.read", "view.read", "view.write", "workflow.read",
    "installation.read", "policy_data.read", "purpose.read", "release.export", "release.read",
    "template.read",
}  # fmt: skip
INSTALLER = VIEWER | {
    "installation.configure", "installation.create", "installation.rollback",
    "installation.upgrade", "secret.read",
}  # fmt: skip
OPERATOR = VIEWER | {
    "approval.decide", "execution.cancel", "execution.rerun", "execution.signal",
    "execution.simulate", "execution.start", "preset.read", "preset.write", "secret.read",
    "token.create", "token.read", "token.revoke",
}  # fmt: skip
AUTHOR = OPERATOR | {
    "preset.share", "workflow.archive", "workflow.create", "workflow.freeze", "workflow.update",
    "installation.propose", "release.deprecate", "release.retract", "release.submit",
    "template.update",
}  # fmt: skip
ADMIN = AUTHOR | {
    "connection.read", "connection.write", "decision.read", "member.write", "secret.delete",
    "secret.write", "installation.configure", "installation.create", "installation.rollback",
    "installation.stop", "installation.uninstall", "installation.upgrade", "policy_data.write",
    "purpose.write", "release.withdraw",
}  # fmt: skip
STAFF = {
    "workflow.read", "execution.read", "receipt.read", "policy.preview", "purpose.read",
    "evidence.read", "release.read", "template.read",
}  # fmt: skip
REVIEWER = STAFF | {"release.review"}
PUBLISHER = STAFF | {
    "release.certify", "release.deprecate", "release.export", "release.override",
    "release.publish", "release.withdraw",
}  # fmt: skip
AUDITOR = {
    "approval.read", "decision.read", "execution.read", "member.read", "policy.read",
    "receipt.read", "tenant.read", "token.read", "workflow.read", "evidence.read", "installation.read",
    "policy_data.read", "publisher_key.read", "purpose.read", "release.read", "template.read",
}  # fmt: skip
APPROVER = STAFF | {"approval.decide", "approval.read", "release.approve"}
# What one saved of a list is one's own: nobody of the platform reads it for them.
PLATFORM_ADMIN = {name for name in ACTIONS if name.endswith(".read")} - {"view.read"} | {
    "execution.cancel", "execution.rerun", "member.write", "policy.activate", "policy.build",
    "policy.preview", "policy.rollback", "tenant.create", "tenant.update", "token.revoke", "user.write", "workflow.update",
    "installation.stop", "publisher_key.write", "release.export", "release.import",
    "release.withdraw",
}  # fmt: skip
SYSTEM = {
    "connection.write", "execution.cancel", "execution.read", "execution.rerun",
    "execution.signal", "execution.simulate", "execution.start", "member.write", "policy.activate",
    "policy.build", "policy.read", "policy.rollback", "receipt.read", "secret.write", "tenant.create", "token.create", "workflow.create", "workflow.freeze",
    "workflow.read", "workflow.update", "installation.read", "installation.stop",
    "installation.upgrade", "policy_data.read", "policy_data.write", "publisher_key.read",
    "publisher_key.write", "purpose.read", "purpose.write", "release.export", "release.import",
    "release.publish", "release.read", "template.read",
}  # fmt: skip


def asked(case: Mapping[str, Any]) -> dict[str, Any]:
    return laid_over(LISTED["usual"][case["usual"]], case.get("but", {}))


@pytest.mark.parametrize("name", LISTED["cases"])
def test_the_listed_case_is_decided_as_it_says(name: str) -> None:
    case = LISTED["cases"][name]
    answer = engine().decide(asked(case))
    assert [reason.code for reason in answer.deny] == sorted(case["codes"])
    assert answer.allow is not bool(case["codes"])
    assert [one.as_dict() for one in answer.obligations] == case.get("obligations", [])


def test_opa_decides_the_listed_cases_the_same() -> None:
    opa = str(real_service("opa"))
    for command in ([opa, "check", "--strict"], [opa, "test", "--timeout", "60s"]):
        ran = subprocess.run([*command, str(POLICIES)], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr


# A thing of acme's that no rule of its type speaks against.
SOUND = {
    "owner": "u1", "risk": "low", "visibility": "internal-only", "listed": True,
    "publisher_id": "acme", "submitted_by": "u2", "author": "u2", "decided_by": "u2",
    "passed_reviews": ["docs", "performance", "security"], "errors": 0, "verified": True,
    "release_state": "published", "stopped": False, "hosts": [], "granted_hosts": [], "quotas": {},
}  # fmt: skip


def granted(subject: Mapping[str, Any], *, tenant: str = "acme", **facts: str) -> set[str]:
    """Every action that the subject may do to a thing of acme's."""
    base = asked({"usual": "decide", "but": {"resource": {**SOUND, **facts}}})
    found = set()
    for action in ACTIONS:
        question = laid_over(base, {"action": action, "subject": {"tenant": tenant, **subject}})
        if engine().decide(question).allow:
            found.add(action)
    return found


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("viewer", VIEWER),
        ("installer", INSTALLER),
        ("operator", OPERATOR),
        ("author", AUTHOR),
        ("admin", ADMIN),
    ],
)
def test_a_role_may_this_and_nothing_else(role: str, may: set[str]) -> None:
    assert granted({"roles": [role]}) == may


def test_without_a_role_there_is_nothing_to_do() -> None:
    assert granted({"roles": []}) == set()


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("security_reviewer", REVIEWER),
        ("performance_reviewer", REVIEWER),
        ("docs_reviewer", REVIEWER),
        ("approver", APPROVER),
        ("publisher", PUBLISHER),
        ("auditor", AUDITOR),
        ("platform_admin", PLATFORM_ADMIN),
    ],
)
@pytest.mark.parametrize("tenant", ["acme", "platform"])
def test_a_role_of_the_platform_may_this_in_every_tenant(
    role: str, may: set[str], tenant: str
) -> None:
    kind = role.partition("_")[0]
    subject = {"roles": [], "platform_roles": [role]}
    assert granted(subject, tenant=tenant, review_kind=kind) == may


def test_a_reviewer_does_no_review_of_another_kind() -> None:
    subject = {"roles": [], "platform_roles": ["docs_reviewer"]}
    assert granted(subject, tenant="platform", review_kind="security") == STAFF


def test_maestro_may_what_its_work_needs() -> None:
    assert granted({"kind": "system", "id": None, "roles": []}) == SYSTEM


@pytest.mark.parametrize("role", ["viewer", "installer", "operator", "author", "admin"])
def test_no_role_reaches_into_another_tenant(role: str) -> None:
    assert granted({"roles": [role]}, tenant="globex") == set()


def test_everything_that_is_refused_is_refused_for_a_reason_that_is_tried() -> None:
    source = (POLICIES / "reasons.rego").read_text()
    codes = {
        line.split('"')[3] for line in source.splitlines() if line.strip().startswith('"code"')
    }
    tried = {code for case in LISTED["cases"].values() for code in case["codes"]}
    assert codes == tried


def test_what_changes_or_starts_something_or_is_audited_must_say_what_for() -> None:
    nothing_said = {"purpose": "", "purpose_known": False}
    base = asked({"usual": "decide", "but": {"resource": SOUND}})
    silent = {
        action
        for action in ACTIONS
        if engine()
        .decide(
            laid_over(
                base,
                {
                    "action": action,
                    "subject": {"roles": ["admin"], "platform_roles": ["platform_admin"]},
                    "context": nothing_said,
                },
            )
        )
        .allow
    }
    reads = {name for name in ACTIONS if name.endswith(".read")}
    assert silent == reads - AUDITED | {"execution.simulate", "policy.preview"}


def test_what_says_what_for_when_it_is_read_is_recorded_when_it_is_read() -> None:
    kinds = {name.removesuffix(".read") for name in AUDITED if name.endswith(".read")}
    assert kinds == RECORDED_READS
