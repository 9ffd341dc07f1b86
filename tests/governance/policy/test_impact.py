"""What a draft of policies would change, found out from what was asked before."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import Decision, PolicyBundle, PolicyInput
from governance.policy.answer import POLICY_UNAVAILABLE
from governance.policy.bundle import load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.impact import Change, Group, Impact, Recorded
from governance.resource import Resource
from governance.services.authorize import authorize
from governance.services.build_policies import build_policies
from governance.services.record_decision import known
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.errors import Denied
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.console.conftest import signed_in
from tests.factories import actor_of, make_user
from tests.governance.policy.changing import shipped_with
from tests.governance.policy.questions import questions
from tests.governance.test_policies import LISTED, asked
from tests.runtime.driving import ALIASES

SHIPPED = EmbeddedRego(load_bundle())
STRICTER = """
deny contains reasons.own_execution if {
    input.action == "execution.start"
    input.resource.risk == "low"
}
"""


def recorded(facts: dict[str, Any], **other: Any) -> Recorded:
    answer = SHIPPED.decide(facts)
    given = {
        "actor": "Ada",
        "action": facts.get("action", ""),
        "allow": answer.allow,
        "reasons": [reason.as_dict() for reason in answer.deny],
        "obligations": [one.as_dict() for one in answer.obligations],
        "asked": canonical_bytes(facts),
    }
    return Recorded(**{**given, **other})


def impact_of(engine: EmbeddedRego, *decisions: Recorded) -> Impact:
    impact = Impact()
    impact.add(engine, decisions)
    return impact


def draft(folder: Path, **more: str) -> EmbeddedRego:
    return EmbeddedRego(load_bundle(shipped_with(folder, **more)))


def case(name: str) -> dict[str, Any]:
    facts: dict[str, Any] = asked(LISTED["cases"][name])
    return facts


START = "an operator starts a workflow"


def test_against_the_same_policies_nothing_changes() -> None:
    made = [recorded(facts) for facts in questions(600)]
    again = EmbeddedRego(load_bundle())  # another, which has kept no answer
    impact = impact_of(again, *made)
    assert impact.compared == len(made) > 600
    assert impact.changed == 0
    assert {one.allow for one in made} == {True, False}


def test_each_change_is_listed_by_actor_action_and_reason(tmp_path: Path) -> None:
    start, stopped = case(START), case("a viewer starts nothing")
    risky = {**start, "resource": {**start["resource"], "risk": "high"}}
    stricter = draft(tmp_path, authz=STRICTER)
    one, other = recorded(start), recorded(start, actor="Bob")
    assert impact_of(stricter, one, one, other, recorded(risky)).listed == [
        (Group(Change.DENIED, "Ada", "execution.start", "own_execution"), 2),
        (Group(Change.DENIED, "Bob", "execution.start", "own_execution"), 1),
    ]
    no = [{"code": "role_missing", "message": "", "control": ""}]
    assert impact_of(SHIPPED, recorded(start, allow=False, reasons=no)).listed == [
        (Group(Change.ALLOWED, "Ada", "execution.start", "role_missing"), 1)
    ]
    assert impact_of(stricter, recorded(stopped)).listed == [
        (Group(Change.REASONS, "Ada", "execution.start", "own_execution, role_missing"), 1)
    ]
    ((group, _),) = impact_of(SHIPPED, recorded(risky, obligations=[])).listed
    assert group.change is Change.OBLIGED
    assert group.reason == "require_approval count=2 teams=[]"


def test_what_cannot_be_asked_again_is_counted() -> None:
    start = case(START)
    away = recorded(start, allow=False, reasons=[POLICY_UNAVAILABLE.as_dict()])
    impact = impact_of(SHIPPED, recorded(start, asked=None), away, recorded(start))
    assert (impact.compared, impact.not_kept, impact.undecided) == (1, 1, 1)
    assert impact.changed == 0


def test_what_is_too_various_to_list_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.policy.impact.MOST_GROUPS", 2)
    start = case(START)
    no = {"allow": False, "reasons": [{"code": "role_missing"}]}
    made = [recorded(start, actor=f"p{number % 4}", **no) for number in range(8)]
    impact = impact_of(SHIPPED, *made)
    assert (len(impact.groups), impact.unlisted, impact.changed) == (2, 4, 8)


COMMITTED = pytest.mark.django_db(transaction=True, databases=ALIASES)


def do(actor: Actor, tenant: Tenant, action: str = "execution.start") -> None:
    facts = {"scope": "tenant", "risk": "low", "approvals": 0, "state": "active"}
    with tenant_scope(tenant.pk):
        authorize(actor=actor, action=action, resource=Resource("workflow", "w", tenant.pk, facts))


def said(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("policy", "impact", *words, stdout=out)
    except CommandError as problem:
        return problem.returncode, f"{out.getvalue()}{problem}"
    return 0, out.getvalue()


@pytest.fixture(autouse=True)
def nothing_is_known_to_be_kept() -> None:
    """Other tests emptied the database since this process kept what decisions were made on."""
    known.forget()


@pytest.fixture
def stricter(tmp_path: Path) -> Path:
    return shipped_with(tmp_path, "stricter", authz=STRICTER)


@COMMITTED
def test_the_command_says_what_would_change(
    acme: Tenant, globex: Tenant, operator: Actor, stricter: Path
) -> None:
    do(operator, acme)
    do(operator, acme)
    do(actor_of(globex, "operator"), globex)
    with pytest.raises(Denied):
        do(actor_of(acme, "viewer"), acme)
    shipped = load_bundle().revision
    assert said(shipped) == (
        0,
        f"4 decisions asked again of {shipped}; 0 had no input kept, 0 were none of policy.\n",
    )
    code, text = said(str(stricter), "--since", "2h", "--tenant", "acme")
    assert code == 1
    assert f"newly denied: 2 x execution.start by {operator.name}: own_execution" in text
    assert "denied for other reasons: 1 x execution.start" in text
    assert "3 decisions asked again" in text
    assert said(str(stricter))[1].endswith("4 would be decided otherwise.")


@COMMITTED
def test_batches_and_a_changed_input(
    acme: Tenant, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("governance.services.policy_impact.BATCH", 2)
    for _ in range(5):
        do(operator, acme)
    row = Decision.objects.using("owner").newest_first()[0]
    row.pk, row.input_digest = None, "sha256:" + "0" * 64
    row = Decision(
        **{f.attname: getattr(row, f.attname) for f in row._meta.fields if f.name != "id"}
    )
    row.save(using="owner")
    PolicyInput.objects.using("owner").create(
        tenant_id=acme.pk, digest=row.input_digest, content=b"{}"
    )
    code, text = said(load_bundle().revision)
    assert code == 0
    assert "5 decisions asked again" in text
    assert "1 had no input kept" in text


@COMMITTED
@pytest.mark.parametrize(
    "words",
    [
        ["r-00000000"], ["{folder}/empty"], ["{folder}/broken"], ["{folder}/no.tar.gz"],
        [".", "--since", "soon"], ["{shipped}", "--tenant", "nobody"],
    ],
)  # fmt: skip
def test_what_cannot_be_read_ends_with_2(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "no.tar.gz").write_bytes(b"no")
    shipped_with(tmp_path, "broken", authz="\nallow := lacking(\n")
    filled = [one.format(folder=tmp_path, shipped=load_bundle().revision) for one in words]
    assert said(*filled)[0] == 2


def page_of(row: PolicyBundle) -> str:
    return reverse("admin:governance_policybundle_change", args=[row.pk])


@COMMITTED
def test_the_page_of_a_bundle_asks_nothing_again_until_somebody_wants_to_know(
    acme: Tenant, operator: Actor, stricter: Path
) -> None:
    do(operator, acme)
    row = build_policies(actor=system_actor("tests"), folder=stricter)
    client = signed_in(make_user(platform_roles=["auditor"]))
    with (
        CaptureQueriesContext(connections["platform"]) as everywhere,
        CaptureQueriesContext(connections["default"]) as here,
    ):
        text = client.get(page_of(row)).content.decode()
    asked = [one["sql"] for one in [*everywhere, *here]]
    assert asked
    assert not [sql for sql in asked if "governance_decision" in sql or '"content"' in sql]
    assert 'href="?impact"' in text
    assert "newly denied" not in text
    assert "newly denied" in client.get(f"{page_of(row)}?impact").content.decode()


@COMMITTED
def test_the_console_shows_it_on_the_page_of_a_bundle_when_asked(
    acme: Tenant, operator: Actor, stricter: Path
) -> None:
    do(operator, acme)
    row = build_policies(actor=system_actor("tests"), folder=stricter)
    client = signed_in(make_user(platform_roles=["auditor"]))
    page = client.get(f"{page_of(row)}?impact")
    text = page.content.decode()
    assert "What would change, of the last 2 decisions" in text
    assert "newly denied" in text
    assert operator.name in text
    same = build_policies(actor=system_actor("tests"))
    older = Decision.objects.using("owner").newest_first()[0]
    older.pk, older.input_digest = new_id(), "sha256:" + "0" * 64
    older._state.adding = True
    older.save(using="owner", force_insert=True)
    page = client.get(f"{page_of(same)}?impact")
    assert "decisions (1 had no input kept)" in page.content.decode()
    assert "Nothing." in page.content.decode()
