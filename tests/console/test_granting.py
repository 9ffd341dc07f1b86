"""Grants on one template: given and taken on its page, and told to policy by one statement."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import Decision, Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from marketplace.models import Submission, TemplateUserObjectPermission
from marketplace.services.approve_release import approve_release
from marketplace.services.attach_evidence import attach_evidence
from marketplace.services.decide_review import decide_review
from marketplace.services.grant_template import grant_template, take_grant
from marketplace.services.hold_lease import hold_lease
from marketplace.services.review_grants import grants_on
from tests.console.conftest import signed_in
from tests.factories import make_user
from tests.marketplace.worlds import reviewed, staff, submitted

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)


def page(submission: Submission, name: str = "change") -> str:
    return reverse(f"admin:catalog_workflowtemplate_{name}", args=[submission.template_id])


def send(client: Client, submission: Submission, **fields: str) -> str:
    fields["purpose"] = "platform.operations"
    return client.post(page(submission, "decide"), fields, follow=True).content.decode()


def grant(acme: Tenant, submission: Submission, person: Actor, permission: str) -> None:
    grant_template(
        actor=staff(acme, "platform_admin"), template_id=submission.template_id,
        email=person.email, permission=permission,
    )  # fmt: skip


def security(actor: Actor, submission: Submission) -> None:
    decide_review(
        actor=actor, submission_id=submission.pk, kind="security", decision="approve",
        rationale="Looked at it.",
    )  # fmt: skip


def test_a_platform_admin_grants_on_the_page_and_takes_it_back(
    acme: Tenant, platform_admin: User
) -> None:
    submission, client = submitted(acme), signed_in(platform_admin)
    make_user("docs@platform.test", name="Dina", platform_roles=["docs_reviewer"])
    said = send(
        client, submission, what="grant", email="Docs@platform.test", permission="review_template"
    )
    assert "Dina may decide on Tried." in said
    assert "Dina</a>: May review it. Given by Boss." in " ".join(said.split())
    receipt = Receipt.objects.using("platform").get(kind="user.write", tenant_id=acme.pk)
    assert receipt.statement["predicate"]["what"]["permission"] == "review_template"
    held = TemplateUserObjectPermission.objects.using("platform").get()
    assert "The grant is taken back." in send(client, submission, what="take", grant=str(held.pk))
    assert not TemplateUserObjectPermission.objects.using("platform").exists()
    assert "There is no such grant." in send(client, submission, what="take", grant=str(held.pk))


def test_a_grant_stands_in_for_the_role_on_that_template_alone(acme: Tenant) -> None:
    one, other = submitted(acme, name="one"), submitted(acme, name="other")
    dina = staff(acme, "docs_reviewer")
    with pytest.raises(Denied):
        security(dina, one)
    grant(acme, one, dina, "review_template")
    security(dina, one)
    with pytest.raises(Denied):
        security(dina, other)


def test_who_is_granted_a_review_says_that_they_look_at_it_and_brings_evidence(
    acme: Tenant,
) -> None:
    submission, dina = submitted(acme), staff(acme, "docs_reviewer")
    security: dict[str, Any] = {"actor": dina, "submission_id": submission.pk, "kind": "security"}
    file = {"name": "scan.txt", "content": b"Nothing found."}
    with pytest.raises(Denied):
        hold_lease(**security)
    with pytest.raises(Denied):
        attach_evidence(**security, **file)
    grant(acme, submission, dina, "review_template")
    assert hold_lease(**security).holder_id == dina.id
    assert attach_evidence(**security, **file).uploaded_by == dina.id


def test_who_is_granted_approval_approves(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    dina = staff(acme, "docs_reviewer")
    grant(acme, submission, dina, "approve_template")
    done = approve_release(actor=dina, submission_id=submission.pk, rationale="Ready.")
    assert done.status == "approved"


def test_a_grant_that_two_take_back_at_once_is_taken_back_once(acme: Tenant) -> None:
    submission, dina = submitted(acme), staff(acme, "docs_reviewer")
    take = partial(
        take_grant, actor=staff(acme, "platform_admin"), template_id=submission.template_id
    )
    for turn in range(1, 4):
        grant(acme, submission, dina, "review_template")
        held = TemplateUserObjectPermission.objects.using("platform").get().pk
        taken = [once(partial(take, grant_id=held)) for _ in range(2)]
        for thread in taken:
            thread.start()
        for thread in taken:
            thread.join(60)
        proofs = Receipt.objects.using("platform").filter(tenant_id=acme.pk, kind="user.write")
        assert proofs.count() == 2 * turn


def once(call: Callable[[], object]) -> Thread:
    """Somebody who does it, or finds it done."""

    def run() -> None:
        try:
            with suppress(NotFound):
                call()
        finally:
            connections.close_all()

    return Thread(target=run)


def test_no_grant_gets_around_ones_own(acme: Tenant) -> None:
    dina = staff(acme, "docs_reviewer")
    submission = submitted(acme)
    grant(acme, submission, dina, "review_template")
    Submission.objects.using("owner").filter(pk=submission.pk).update(author_id=dina.id)
    with pytest.raises(Denied) as refused:
        security(dina, submission)
    assert "own_review" in {reason.code for reason in refused.value.reasons}


def test_only_who_may_write_peoples_rights_grants(acme: Tenant) -> None:
    submission = submitted(acme)
    dina = staff(acme, "docs_reviewer")
    client = signed_in(make_user(platform_roles=["publisher"]))
    assert 'value="grant"' not in client.get(page(submission)).content.decode()
    send(client, submission, what="grant", email=dina.email, permission="review_template")
    assert not TemplateUserObjectPermission.objects.using("platform").exists()
    assert Decision.objects.using("platform").filter(action="user.write", allow=False).exists()


def test_nobody_but_the_platforms_people_is_granted_anything(
    acme: Tenant, platform_admin: User
) -> None:
    submission = submitted(acme)
    make_user("outside@acme.test")
    said = send(
        signed_in(platform_admin), submission, what="grant", email="outside@acme.test",
        permission="everything",
    )  # fmt: skip
    assert "Nobody of the platform has this address." in said
    assert "Choose one of review_template, approve_template." in said
    assert 'value="outside@acme.test"' in said


def test_grants_are_looked_up_by_one_statement(acme: Tenant) -> None:
    submission = submitted(acme)
    dina = staff(acme, "docs_reviewer")
    for permission in ("review_template", "approve_template"):
        grant(acme, submission, dina, permission)
    with tenant_scope(acme.pk), CaptureQueriesContext(connection) as asked:
        found = grants_on(actor=dina, template_id=submission.template_id)
    assert found == ("release.approve", "release.review")
    assert len(asked) == 1


def test_the_page_offers_what_was_granted(acme: Tenant) -> None:
    submission = submitted(acme)
    person = make_user(platform_roles=["auditor"])
    client = signed_in(person)
    url = reverse("admin:marketplace_submission_change", args=[submission.pk])
    assert 'id="decide-security"' not in client.get(url).content.decode()
    grant_template(
        actor=staff(acme, "platform_admin"), template_id=submission.template_id,
        email=person.email, permission="review_template",
    )  # fmt: skip
    assert 'id="decide-security"' in client.get(url).content.decode()
