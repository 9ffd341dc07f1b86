"""What people do in the console: services do it, and leave their records."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db import models
from django.test import Client
from django.urls import reverse

from catalog.models import WorkflowDefinition
from governance.models import ApprovalDecision, ApprovalRequest, Decision, Receipt
from maestro.kernel.actor import Actor
from maestro.runtime.models import Execution
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import ApiToken, Membership, Tenant, User
from tests.console.conftest import signed_in
from tests.factories import actor_of, make_member, make_user
from tests.runtime.driving import ALIASES, freeze, look, run, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
FAILS = "- {id: a, task: core.fail@1, with: {message: no}}"
ASKS = "- {id: ask, task: core.approval@1, with: {count: 1, message: Go on?}}"


def url(row: models.Model, page: str = "change") -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def listing(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def act(client: Client, row: models.Model, name: str, **more: str) -> list[str]:
    """Press a button of a row; what was said."""
    answer = client.post(url(row, "act"), {"act": name, "purpose": "platform.operations", **more})
    assert answer.status_code == 302, answer.content
    assert answer["Location"] == "../change/"
    return _said(client, answer)


def _said(client: Client, answer: Any) -> list[str]:
    """The messages, which are then shown, so that the next answer has its own alone."""
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    client.get(reverse("admin:index"))
    return said


def act_on_many(
    client: Client, rows: list[Any], name: str, purpose: str = "platform.operations"
) -> list[str]:
    answer = client.post(
        listing(type(rows[0])),
        {
            "action": name,
            "index": "0",
            "purpose": purpose,
            "_selected_action": [str(row.pk) for row in rows],
        },
    )
    assert answer.status_code == 302, answer.content
    return _said(client, answer)


def decisions(action: str) -> list[tuple[bool, str]]:
    found = Decision.objects.using("platform").filter(action=action).order_by("id")
    return [(one.allow, one.actor_name) for one in found]


def receipts(kind: str) -> list[Receipt]:
    return list(Receipt.objects.using("platform").filter(kind=kind))


def now(row: Any) -> Any:
    return type(row)._default_manager.using("platform").get(pk=row.pk)


# --- approvals


@pytest.fixture
def asked(author: Actor) -> ApprovalRequest:
    freeze(author, ASKS)
    execution = run(author)
    return ApprovalRequest.objects.using("platform").get(tenant_id=execution.tenant_id)


def test_an_approver_of_the_platform_approves_and_the_execution_goes_on(
    approver: User, asked: ApprovalRequest
) -> None:
    said = act(signed_in(approver), asked, "approve", rationale="I looked at it.")
    assert said == ["You approved it; the request is approved."]
    vote = ApprovalDecision.objects.using("platform").get(request=asked)
    assert (vote.decided_by, vote.rationale) == (approver.pk, "I looked at it.")
    assert decisions("approval.decide") == [(True, approver.name)]
    execution = Execution.objects.using("platform").get()
    drive(execution.pk)
    assert look(execution).status == "succeeded"


def test_a_rejection_without_a_reason_is_refused_and_keeps_what_was_typed(
    approver: User, asked: ApprovalRequest
) -> None:
    client = signed_in(approver)
    assert act(client, asked, "reject") == ["The decision can't be taken like this."]
    assert now(asked).status == "pending"
    act(client, asked, "approve", rationale="kept words", purpose="")
    assert "kept words" in client.get(url(asked)).content.decode()


def test_nobody_approves_what_they_started(acme: Tenant, approver: User) -> None:
    make_member(acme, "author", user=approver)
    own = actor_of(acme, "author", user=approver)
    freeze(own, ASKS)
    run(own)
    request = ApprovalRequest.objects.using("platform").get()
    said = act(signed_in(approver), request, "approve", rationale="Mine.")
    assert said[0].startswith("Nobody decides on what they started")
    assert now(request).status == "pending"
    assert decisions("approval.decide") == [(False, approver.name)]


def test_an_approver_of_the_platform_stands_in_for_a_named_team(
    author: Actor, approver: User
) -> None:
    freeze(author, ASKS.replace("count: 1", "count: 1, teams: [Legal]"))
    run(author)
    request = ApprovalRequest.objects.using("platform").get()
    act(signed_in(approver), request, "approve", rationale="Legal is away.")
    assert now(request).status == "approved"


def test_roles_in_one_tenant_are_not_carried_into_another(acme: Tenant, globex: Tenant) -> None:
    person = make_user(platform_roles=["auditor"])
    make_member(globex, "admin", teams=["Legal"], user=person)
    request: Any = signed_in(person).get(reverse("admin:index")).wsgi_request
    assert request.actor.roles == {"admin"}
    there = admin.site.acting(request, acme.pk, "practice")
    assert (there.tenant_id, there.roles, there.teams) == (acme.pk, frozenset(), frozenset())
    assert (there.platform_roles, there.purpose) == ({"auditor"}, "practice")
    at_home = admin.site.acting(request, globex.pk, "practice")
    assert (at_home.roles, at_home.teams) == ({"admin"}, {"Legal"})


@pytest.mark.parametrize("role", ["auditor", "platform_admin", "publisher"])
def test_who_is_no_approver_is_not_offered_it_and_cannot_post_it(
    role: str, asked: ApprovalRequest
) -> None:
    client = signed_in(make_user(platform_roles=[role]))
    assert 'value="approve"' not in client.get(url(asked)).content.decode()
    answer = client.post(url(asked, "act"), {"act": "approve", "purpose": "practice"})
    assert answer.status_code == 403
    assert now(asked).status == "pending"


def test_an_action_is_posted_and_carries_a_token(approver: User, asked: ApprovalRequest) -> None:
    assert signed_in(approver).get(url(asked, "act")).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(approver, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(url(asked, "act"), {"act": "approve"}).status_code == 403


# --- executions


def test_executions_are_cancelled_from_the_list_and_those_that_ended_say_why_not(
    author: Actor, platform_admin: User
) -> None:
    freeze(author, STEP)
    ended, waiting, other = run(author), start(author), start(author)
    said = act_on_many(signed_in(platform_admin), [ended, waiting, other], "cancel")
    assert said == [
        "2 executions asked to end.",
        "1 execution refused: This execution is succeeded already.",
    ]
    assert now(waiting).cancel_requested_at is not None
    assert now(waiting).cancelled_by_name == platform_admin.name
    assert decisions("execution.cancel").count((True, platform_admin.name)) == 2
    assert LogEntry.objects.filter(user=platform_admin).count() == 2


def test_an_action_without_a_purpose_is_refused(author: Actor, platform_admin: User) -> None:
    freeze(author, STEP)
    waiting = start(author)
    said = act_on_many(signed_in(platform_admin), [waiting], "cancel", purpose="")
    assert said[0].startswith("1 execution refused: Say what this is for")
    assert now(waiting).cancel_requested_at is None


def test_a_failed_execution_is_re_run_on_its_page(author: Actor, platform_admin: User) -> None:
    freeze(author, FAILS)
    failed = run(author)
    said = act(signed_in(platform_admin), failed, "rerun")
    again = Execution.objects.using("platform").get(rerun_of=failed)
    assert f"/admin/runtime/execution/{again.pk}/change/" in said[0]
    assert again.started_by == platform_admin.pk
    assert decisions("execution.rerun") == [(True, platform_admin.name)]


# --- the catalog


@pytest.fixture
def workflow(author: Actor) -> WorkflowDefinition:
    return WorkflowDefinition.objects.using("platform").get(pk=freeze(author, STEP).definition_id)


def metadata(row: WorkflowDefinition, **changes: str) -> dict[str, str]:
    facts = {
        name: getattr(row, name)
        for name in ("title", "description", "category", "risk", "owner_team", "scope")
    }
    return facts | {"tags": "", "purpose": "platform.operations", **changes}


def test_an_edit_of_metadata_leaves_a_receipt(
    platform_admin: User, workflow: WorkflowDefinition
) -> None:
    client = signed_in(platform_admin)
    answer = client.post(url(workflow), metadata(workflow, title="New", tags="leaver, access"))
    assert answer.status_code == 302, answer.content
    assert now(workflow).title == "New"
    [receipt] = receipts("workflow.edit_metadata")
    assert receipt.actor_id == platform_admin.pk
    assert receipt.tenant_id == workflow.tenant_id
    assert receipt.statement["predicate"]["what"]["after"] == {
        "title": "New",
        "tags": ["access", "leaver"],
    }
    assert "access, leaver" in client.get(url(workflow)).content.decode()


def test_what_the_service_refuses_stands_beside_its_field(
    platform_admin: User, workflow: WorkflowDefinition
) -> None:
    client = signed_in(platform_admin)
    changes = metadata(workflow, title="Typed", tags="x" * 41)
    answer = client.post(url(workflow), changes)
    assert answer.status_code == 200
    assert "tags" in answer.context["adminform"].form.errors
    assert "Typed" in answer.content.decode()
    assert now(workflow).title == workflow.title
    assert receipts("workflow.edit_metadata") == []


def test_a_workflow_is_archived_and_restored(
    platform_admin: User, workflow: WorkflowDefinition
) -> None:
    client = signed_in(platform_admin)
    assert "is archived" in act(client, workflow, "archive")[0]
    assert now(workflow).status == "archived"
    assert "is active again" in act(client, now(workflow), "restore")[0]
    assert now(workflow).status == "active"
    assert len(receipts("workflow.edit_metadata")) == 2


# --- tenants and people


def test_a_tenant_is_made_and_edited(platform_admin: User) -> None:
    client = signed_in(platform_admin)
    facts = {"slug": "initech", "name": "Initech", "time_zone": "UTC", "purpose": "practice"}
    assert client.post(reverse("admin:tenancy_tenant_add"), facts).status_code == 302
    made = Tenant.objects.get(slug="initech")
    answer = client.post(
        url(made), {"name": "Initech Ltd", "time_zone": "Asia/Tokyo", "purpose": "practice"}
    )
    assert answer.status_code == 302, answer.content
    made.refresh_from_db()
    assert (made.slug, made.name, made.time_zone) == ("initech", "Initech Ltd", "Asia/Tokyo")
    assert len(receipts("tenant.update")) == 1
    assert decisions("tenant.create") == [(True, platform_admin.name)]
    assert client.get(url(made, "history")).content.decode().count("Initech") > 0


def test_a_slug_that_is_taken_is_said_on_the_form(platform_admin: User, acme: Tenant) -> None:
    facts = {"slug": "acme", "name": "Again", "time_zone": "UTC", "purpose": "practice"}
    answer = signed_in(platform_admin).post(reverse("admin:tenancy_tenant_add"), facts)
    assert answer.status_code == 200
    assert "There is a tenant called acme already." in answer.content.decode()


def test_a_person_is_made_and_edited(platform_admin: User) -> None:
    client = signed_in(platform_admin)
    facts = {
        "email": "New@acme.test", "name": "New One", "password": "a long passphrase",
        "platform_roles": ["auditor"], "purpose": "practice",
    }  # fmt: skip
    answer = client.post(reverse("admin:tenancy_user_add"), facts)
    assert answer.status_code == 302, answer.content
    made = User.objects.get(email="new@acme.test")
    assert made.check_password("a long passphrase")
    assert made.platform_roles == ["auditor"]
    change = {"name": "Renamed", "platform_roles": ["auditor", "approver"], "purpose": "practice"}
    assert client.post(url(made), change).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.platform_roles, made.is_active) == (
        "Renamed", ["approver", "auditor"], False,
    )  # fmt: skip
    assert made.check_password("a long passphrase")
    assert len(receipts("user.create")) == len(receipts("user.write")) == 1


def test_a_weak_password_is_refused(platform_admin: User) -> None:
    facts = {"email": "n@acme.test", "name": "N", "password": "short", "purpose": "practice"}
    answer = signed_in(platform_admin).post(reverse("admin:tenancy_user_add"), facts)
    assert answer.status_code == 200
    assert "password" in answer.context["adminform"].form.errors


def test_nobody_takes_their_own_way_in(platform_admin: User) -> None:
    facts = {"name": "Me", "platform_roles": ["auditor"], "is_active": "on", "purpose": "practice"}
    answer = signed_in(platform_admin).post(url(platform_admin), facts)
    assert "Nobody takes their own way in." in answer.content.decode()
    platform_admin.refresh_from_db()
    assert platform_admin.platform_roles == ["platform_admin"]


def test_a_place_in_a_tenant_is_given_changed_and_taken(platform_admin: User, acme: Tenant) -> None:
    client, person = signed_in(platform_admin), make_user("ines@acme.test")
    facts: dict[str, Any] = {
        "tenant": str(acme.pk), "person": "ines@acme.test", "roles": ["operator"],
        "teams": "Legal, People Ops", "attributes": "{}", "purpose": "practice",
    }  # fmt: skip
    answer = client.post(reverse("admin:tenancy_membership_add"), facts)
    assert answer.status_code == 302, answer.content
    member = Membership.objects.using("platform").get(user=person)
    assert (member.tenant_id, member.teams) == (acme.pk, ["Legal", "People Ops"])
    client.get(url(member))
    change = {"roles": ["viewer"], "teams": "", "attributes": "{}", "purpose": "practice"}
    assert client.post(url(member), change).status_code == 302
    assert now(member).roles == ["viewer"]
    client.get(url(member))
    assert act(client, member, "remove") == ["ines@acme.test has no place in acme any more."]
    assert not Membership.objects.using("platform").filter(user=person).exists()
    assert len(receipts("member.remove")) == 1


def test_a_token_is_revoked(platform_admin: User, acme: Tenant) -> None:
    person = make_member(acme, "operator")
    token = ApiToken.objects.using("owner").create(
        tenant_id=acme.pk, user=person, name="ci", prefix="mst_12345678",
        token_digest="sha256:" + "1" * 64,
    )  # fmt: skip
    assert "is revoked" in act(signed_in(platform_admin), token, "revoke")[0]
    assert now(token).revoked_at is not None
    [receipt] = receipts("token.revoke")
    assert receipt.tenant_id == acme.pk
    assert 'value="revoke"' not in signed_in(platform_admin).get(url(token)).content.decode()


def test_what_the_console_did_stands_in_the_history(
    platform_admin: User, workflow: WorkflowDefinition
) -> None:
    client = signed_in(platform_admin)
    act(client, workflow, "archive")
    assert "archived" in client.get(url(workflow, "history")).content.decode()
