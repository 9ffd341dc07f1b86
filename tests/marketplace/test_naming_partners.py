"""Naming partners does not tell which tenants there are; who is named and not there finds nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import GroupMember, TemplateAudience, WorkflowTemplate
from governance.models import Receipt
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.services.partner_groups import set_partner_group
from marketplace.services.update_template import update_template
from tests.api.calling import Caller, caller_in
from tests.factories import actor_of, make_tenant
from tests.marketplace.worlds import published

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

HERE, NOT_HERE = "globex", "hooly1"  # of one length


@pytest.fixture
def author(acme: Tenant, globex: Tenant) -> Caller:
    """Who publishes acme's workflow for partners."""
    published(acme, visibility="partner-curated", audience=["acme"])
    return caller_in(acme, "author")


def finds(tenant: Tenant) -> int:
    """How many templates a tenant finds."""
    with tenant_scope(tenant.pk):
        return WorkflowTemplate.objects.visible_to(tenant.pk).count()


def asked(author: Caller, method: str, path: str, body: dict[str, object]) -> tuple[int, int]:
    """The status of an answer, and how many statements it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = author.call(method, path, body)
    return answer.status_code, len(queries)


def groups_of(author: Caller) -> list[dict[str, object]]:
    """The groups of partners that its publisher is shown."""
    found: list[dict[str, object]] = author.get("partner-groups/").json()["results"]
    return found


def test_who_is_here_and_who_is_not_is_answered_alike(author: Caller) -> None:
    answers = []
    for name in ("acme", HERE, NOT_HERE):  # the first time costs more than each after it
        named = {"visibility": "partner-curated", "audience": [name]}
        group = f"partner-groups/of-{name}/"
        answers.append(
            (
                asked(author, "PATCH", "templates/tried/", named),
                asked(author, "PUT", group, {"members": [name]}),
                author.get("templates/acme/tried/").content.count(name.encode()),
                [one["members"] == [name] for one in groups_of(author)],
            )
        )
        assert author.delete(group).status_code == 204
    assert answers[1] == answers[2]
    assert [status for status, _ in answers[1][:2]] == [200, 200]
    assert answers[1][3] == [True]


def test_whoever_gets_the_name_later_finds_nothing_until_the_list_is_changed(
    acme: Tenant, author: Caller
) -> None:
    someone = actor_of(acme, "author")
    update_template(actor=someone, template="tried", audience=[NOT_HERE])
    set_partner_group(actor=someone, name="resellers", members=[NOT_HERE])
    with tenant_scope(acme.pk):
        assert TemplateAudience.objects.get().member_id is None
        assert GroupMember.objects.get().member_id is None
        (receipt,) = Receipt.objects.filter(subject_type="partner_group")
    assert receipt.statement["predicate"]["what"]["after"] == [NOT_HERE]
    late = make_tenant(NOT_HERE)
    assert finds(late) == 0
    set_partner_group(actor=someone, name="resellers", members=[NOT_HERE])
    update_template(actor=someone, template="tried", audience=["group:resellers"])
    assert finds(late) == 0
    set_partner_group(actor=someone, name="resellers", members=[NOT_HERE, HERE])
    assert finds(late) == 1


def test_what_replaces_a_release_is_asked_for_both_alike(acme: Tenant, author: Caller) -> None:
    someone = actor_of(acme, "author")
    update_template(actor=someone, template="tried", audience=[HERE, NOT_HERE])
    published(acme, slug="better", visibility="partner-curated", audience=["acme"])
    given = {"reason": "Old.", "replacement": "acme/better"}
    refused = author.post("releases/acme/tried/1.0.0/deprecate/", given)
    (problem,) = refused.json()["problems"]
    assert problem["message"].endswith(f"don't find acme/better: {HERE}, {NOT_HERE}.")


def test_a_name_is_kept_once_by_itself_and_once_by_a_group(acme: Tenant, author: Caller) -> None:
    someone = actor_of(acme, "author")
    set_partner_group(actor=someone, name="resellers", members=[NOT_HERE, "hooly2"])
    named = [NOT_HERE, "hooly2", "group:resellers"]
    update_template(actor=someone, template="tried", audience=named)
    with tenant_scope(acme.pk):
        assert TemplateAudience.objects.count() == 4
