"""Groups of the platform's people, and what is granted to them on one template."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import Decision, Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant, User
from maestro.tenancy.services.write_group import GroupChanged, revision_of_group, write_group
from marketplace.models import Submission, TemplateGroupObjectPermission
from marketplace.services.grant_template import grant_template_to_group, take_grant
from marketplace.services.review_grants import grants_on
from tests.console.conftest import signed_in
from tests.console.test_granting import grant, page, security, send
from tests.factories import make_member, make_user
from tests.marketplace.worlds import staff, submitted

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "platform", "owner"]
)
ADD = "/admin/auth/group/add/"
PURPOSE = "platform.operations"


def admin_of(acme: Tenant) -> Actor:
    return staff(acme, "platform_admin")


def group_of(acme: Tenant, *people: Actor, name: str = "Deciders") -> Group:
    return write_group(actor=admin_of(acme), name=name, members=[one.email for one in people])


def grant_to(acme: Tenant, group: Group, submission: Submission, permission: str) -> None:
    grant_template_to_group(
        actor=admin_of(acme), template_id=submission.template_id, group=group.name,
        permission=permission,
    )  # fmt: skip


def granted(acme: Tenant, actor: Actor, submission: Submission) -> tuple[str, ...]:
    with tenant_scope(acme.pk):
        return grants_on(actor=actor, template_id=submission.template_id)


def change(group: Group) -> str:
    return reverse("admin:auth_group_change", args=[group.pk])


def form(client: Client, url: str, **fields: str) -> str:
    shown = client.get(url).context["adminform"].form
    sent = {"purpose": PURPOSE} | {name: shown[name].value() or "" for name in shown.fields}
    return client.post(url, sent | fields, follow=True).content.decode()


def test_a_platform_admin_makes_a_group_and_says_who_is_in_it(platform_admin: User) -> None:
    make_user("docs@platform.test", name="Dina", platform_roles=["docs_reviewer"])
    client = signed_in(platform_admin)
    form(client, ADD, name="Deciders", members="Docs@platform.test\n\nboss@platform.test")
    group = Group.objects.get(name="Deciders")
    shown = client.get(change(group)).content.decode()
    assert "Dina" in shown
    assert "holds" in shown
    form(client, change(group), members="boss@platform.test")
    assert list(group.user_set.values_list("email", flat=True)) == ["boss@platform.test"]
    receipts = (
        Receipt.objects.using("platform")
        .filter(subject_type="group", subject_id=str(group.pk), tenant_id=PLATFORM_TENANT)
        .order_by("id")
    )
    assert [one.statement["predicate"]["what"]["after"]["members"] for one in receipts] == [
        ["boss@platform.test", "docs@platform.test"],
        ["boss@platform.test"],
    ]
    people = reverse("admin:tenancy_user_change", args=[platform_admin.pk])
    assert change(group) in client.get(people).content.decode()


def test_everything_wrong_with_a_group_is_said_and_nothing_is_written(
    acme: Tenant, platform_admin: User
) -> None:
    make_user("outside@acme.test")
    said = form(
        signed_in(platform_admin), ADD, name="Deciders", members="outside@acme.test\nno@where.test"
    )
    assert "Nobody of the platform has the address outside@acme.test." in said
    assert "Nobody of the platform has the address no@where.test." in said
    assert "no@where.test</textarea>" in said
    group_of(acme)
    with pytest.raises(InvalidInput):
        group_of(acme)
    assert Group.objects.count() == 1


def test_who_is_late_is_told_so_and_changes_nothing(acme: Tenant, platform_admin: User) -> None:
    group, dina = group_of(acme), staff(acme, "docs_reviewer")
    looked = revision_of_group("Deciders", [])
    write_group(
        actor=admin_of(acme), name="Deciders", members=[dina.email], group_id=group.pk,
        expected_revision=looked,
    )  # fmt: skip
    with pytest.raises(GroupChanged):
        write_group(
            actor=admin_of(acme), name="Deciders", members=[], group_id=group.pk,
            expected_revision=looked,
        )  # fmt: skip
    said = form(signed_in(platform_admin), change(group), looked_at=looked, members="")
    assert "Somebody has changed Deciders since you looked." in said
    assert group.user_set.count() == 1


def test_only_who_may_write_peoples_rights_writes_groups(acme: Tenant) -> None:
    group = group_of(acme)
    dina = staff(acme, "docs_reviewer")
    for group_id in (None, group.pk):
        with pytest.raises(Denied):
            write_group(actor=dina, name="Mine", members=[dina.email], group_id=group_id)
    client = signed_in(User.objects.get(pk=dina.id))
    assert 'name="members"' not in client.get(change(group)).content.decode()
    assert client.get(ADD).status_code == 403
    assert Decision.objects.using("platform").filter(resource_type="group", allow=False).exists()


def test_who_is_in_the_group_decides_and_who_left_it_does_not(acme: Tenant) -> None:
    one, other = submitted(acme, name="one"), submitted(acme, name="other")
    dina, deji = staff(acme, "docs_reviewer"), staff(acme, "performance_reviewer")
    group = group_of(acme, dina, deji)
    with pytest.raises(Denied):
        security(dina, one)
    grant_to(acme, group, one, "review_template")
    assert granted(acme, deji, one) == ("release.review",)
    security(dina, one)
    with pytest.raises(Denied):
        security(dina, other)
    write_group(actor=admin_of(acme), name="Deciders", members=[dina.email], group_id=group.pk)
    assert granted(acme, deji, one) == ()
    assert granted(acme, dina, one) == ("release.review",)


def test_whoever_has_no_role_of_the_platform_any_more_has_nothing_by_a_group(acme: Tenant) -> None:
    submission, dina = submitted(acme), staff(acme, "docs_reviewer")
    grant_to(acme, group_of(acme, dina), submission, "review_template")
    User.objects.filter(pk=dina.id).update(platform_roles=[])
    assert granted(acme, staff_again(acme, dina), submission) == ()


def staff_again(acme: Tenant, actor: Actor) -> Actor:
    """The same person, by what they are now."""
    roles = User.objects.get(pk=actor.id).platform_roles
    return replace(actor, platform_roles=frozenset(roles))


def test_no_group_gets_around_ones_own(acme: Tenant) -> None:
    person = make_user(platform_roles=["docs_reviewer"])
    make_member(acme, "author", user=person)
    dina, submission = staff(acme, "docs_reviewer"), submitted(acme)
    grant_to(acme, group_of(acme, dina), submission, "review_template")
    Submission.objects.using("owner").filter(pk=submission.pk).update(author_id=dina.id)
    with pytest.raises(Denied) as refused:
        security(dina, submission)
    assert "own_review" in {reason.code for reason in refused.value.reasons}


def test_a_group_gains_nothing_that_can_not_be_granted(acme: Tenant) -> None:
    submission, dina = submitted(acme), staff(acme, "docs_reviewer")
    group = group_of(acme, dina)
    grant_to(acme, group, submission, "review_template")
    row = TemplateGroupObjectPermission.objects.using("owner").get()
    other = type(row.permission).objects.using("owner").create(
        codename="publish_template", name="May publish it",
        content_type_id=row.permission.content_type_id,
    )  # fmt: skip
    TemplateGroupObjectPermission.objects.using("owner").update(permission=other)
    assert granted(acme, dina, submission) == ()


def test_grants_to_oneself_and_to_groups_are_looked_up_by_one_statement(acme: Tenant) -> None:
    submission, dina = submitted(acme), staff(acme, "docs_reviewer")
    grant(acme, submission, dina, "review_template")
    for name in ("Deciders", "Approvers"):
        group = group_of(acme, dina, name=name)
        for permission in ("review_template", "approve_template"):
            grant_to(acme, group, submission, permission)
    with tenant_scope(acme.pk), CaptureQueriesContext(connection) as asked:
        found = grants_on(actor=dina, template_id=submission.template_id)
    assert found == ("release.approve", "release.review")
    assert len(asked) == 1


def test_a_platform_admin_grants_to_a_group_on_the_page_and_takes_it_back(
    acme: Tenant, platform_admin: User
) -> None:
    submission, client = submitted(acme), signed_in(platform_admin)
    group = group_of(acme, staff(acme, "docs_reviewer"))
    assert "Deciders, 1 person" in client.get(page(submission)).content.decode()
    sent = {"what": "grant-group", "group": "Deciders", "permission": "review_template"}
    said = " ".join(send(client, submission, **sent).split())
    assert "Who is in Deciders may decide on Tried." in said
    assert "Deciders</a>: May review it. Given by Boss." in said
    send(client, submission, **sent)  # given again, it stays
    held = TemplateGroupObjectPermission.objects.using("platform").get()
    receipts = (
        Receipt.objects.using("platform")
        .filter(subject_type="group", subject_id=str(group.pk), tenant_id=acme.pk)
        .order_by("id")
    )
    assert [one.statement["predicate"]["what"]["given"] for one in receipts] == [True]
    assert "The grant is taken back." in send(client, submission, what="take", grant=str(held.pk))
    assert not TemplateGroupObjectPermission.objects.using("platform").exists()
    assert [one.statement["predicate"]["what"]["given"] for one in receipts.all()] == [True, False]
    assert "There is no such grant." in send(client, submission, what="take", grant=str(held.pk))


def test_what_is_wrong_with_a_grant_to_a_group_is_said(acme: Tenant, platform_admin: User) -> None:
    submission = submitted(acme)
    said = send(
        signed_in(platform_admin), submission, what="grant-group", group="Nobody", permission="all",
    )  # fmt: skip
    assert "There is no such group." in said
    assert "Choose one of review_template, approve_template." in said


def test_only_who_may_write_peoples_rights_grants_to_groups(acme: Tenant) -> None:
    submission, dina = submitted(acme), staff(acme, "docs_reviewer")
    group = group_of(acme, dina)
    client = signed_in(make_user(platform_roles=["publisher"]))
    assert 'value="grant-group"' not in client.get(page(submission)).content.decode()
    send(client, submission, what="grant-group", group=group.name, permission="review_template")
    assert not TemplateGroupObjectPermission.objects.using("platform").exists()
    grant_to(acme, group, submission, "review_template")
    held = TemplateGroupObjectPermission.objects.using("platform").get()
    with pytest.raises(Denied):
        take_grant(actor=dina, template_id=submission.template_id, grant_id=held.pk)
    assert TemplateGroupObjectPermission.objects.using("platform").exists()
