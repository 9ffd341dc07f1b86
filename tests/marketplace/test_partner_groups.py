"""Tenants that a publisher names together, and who finds what names them."""

from __future__ import annotations

import pytest

from catalog.models import PartnerGroup, WorkflowTemplate
from governance.models import Receipt
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.services.audience import audience_of
from marketplace.services.partner_groups import (
    PartnerGroupChanged,
    Partners,
    delete_partner_group,
    read_partner_groups,
    revision_of,
    set_partner_group,
)
from marketplace.services.update_template import update_template
from tests.api.calling import caller_in
from tests.factories import actor_of, make_tenant
from tests.marketplace.worlds import published

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def finds(tenant: Tenant) -> list[str]:
    """The templates that a tenant finds."""
    with tenant_scope(tenant.pk):
        found = WorkflowTemplate.objects.visible_to(tenant.pk)
        return sorted(template.address for template in found)


def test_a_template_follows_the_group_that_it_names(acme: Tenant, globex: Tenant) -> None:
    initech, author = make_tenant("initech"), actor_of(acme, "author")
    group = set_partner_group(actor=author, name="resellers", members=["globex"])
    assert group == Partners("resellers", ["globex"])
    published(acme, visibility="partner-curated", audience=["group:resellers"])
    assert (finds(globex), finds(initech)) == (["acme/tried"], [])
    set_partner_group(actor=author, name="resellers", members=["initech"])
    assert (finds(globex), finds(initech)) == ([], ["acme/tried"])
    delete_partner_group(actor=author, name="resellers")
    assert (finds(globex), finds(initech)) == ([], [])


def test_who_is_named_by_itself_too_stays(acme: Tenant, globex: Tenant) -> None:
    author = actor_of(acme, "author")
    set_partner_group(actor=author, name="resellers", members=["globex"])
    published(acme, visibility="partner-curated", audience=["group:resellers"])
    update_template(actor=author, template="tried", audience=["globex", "group:resellers"])
    delete_partner_group(actor=author, name="resellers")
    assert finds(globex) == ["acme/tried"]


@pytest.mark.parametrize(
    ("name", "members", "code"),
    [
        ("Re Sellers", ["globex"], "invalid_name"),
        ("", ["globex"], "invalid_name"),
        ("resellers", [], "out_of_range"),
        ("resellers", [" "], "out_of_range"),
        ("resellers", ["no body"], "unknown_partner"),
    ],
)
def test_what_is_no_group_is_refused_and_nothing_is_written(
    acme: Tenant, globex: Tenant, name: str, members: list[str], code: str
) -> None:
    author = actor_of(acme, "author")
    with pytest.raises(InvalidInput) as refused:
        set_partner_group(actor=author, name=name, members=members)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert read_partner_groups(actor=author) == []


def test_a_group_is_its_publishers_own(acme: Tenant, globex: Tenant) -> None:
    set_partner_group(actor=actor_of(acme, "author"), name="resellers", members=["globex"])
    other = actor_of(globex, "author")
    assert read_partner_groups(actor=other) == []
    with pytest.raises(NotFound):
        delete_partner_group(actor=other, name="resellers")
    with pytest.raises(Denied):
        set_partner_group(actor=actor_of(acme, "operator"), name="resellers", members=["globex"])


def test_a_change_leaves_a_receipt_and_no_change_leaves_none(acme: Tenant, globex: Tenant) -> None:
    author = actor_of(acme, "author")
    for _ in range(2):
        set_partner_group(actor=author, name="resellers", members=["globex"])
    with tenant_scope(acme.pk):
        receipt = Receipt.objects.get(subject_type="partner_group")
    assert receipt.statement["predicate"]["what"]["after"] == ["globex"]


def test_to_name_a_group_in_the_place_of_its_partners_leaves_a_receipt(
    acme: Tenant, globex: Tenant
) -> None:
    author = actor_of(acme, "author")
    set_partner_group(actor=author, name="resellers", members=["globex"])
    published(acme, visibility="partner-curated", audience=["globex"])
    for _ in range(2):
        update_template(actor=author, template="tried", audience=["group:resellers"])
    with tenant_scope(acme.pk):
        receipt = Receipt.objects.get(kind="template.update", subject_type="template")
    what = receipt.statement["predicate"]["what"]
    assert (what["before"]["audience"], what["after"]["audience"]) == (
        ["globex"],
        ["group:resellers"],
    )
    assert what["before"]["partners"] == what["after"]["partners"] == ["globex"]


def test_of_two_who_make_it_one_is_told_that_it_is_there(acme: Tenant, globex: Tenant) -> None:
    author = actor_of(acme, "author")
    set_partner_group(actor=author, name="resellers", members=["globex"], expected_revision="")
    with pytest.raises(InvalidInput) as refused:
        set_partner_group(actor=author, name="resellers", members=["acme"], expected_revision="")
    assert [problem.code for problem in refused.value.problems] == ["name_taken"]
    assert read_partner_groups(actor=author) == [Partners("resellers", ["globex"])]


def test_a_group_that_is_something_else_now_is_not_changed(acme: Tenant, globex: Tenant) -> None:
    author = actor_of(acme, "author")
    made = set_partner_group(actor=author, name="resellers", members=["globex"])
    looked = revision_of(made.name, made.members)
    set_partner_group(actor=author, name="resellers", members=["acme"], expected_revision=looked)
    with pytest.raises(PartnerGroupChanged):
        set_partner_group(
            actor=author, name="resellers", members=["globex"], expected_revision=looked
        )
    with pytest.raises(PartnerGroupChanged):
        delete_partner_group(actor=author, name="resellers", expected_revision=looked)
    assert read_partner_groups(actor=author) == [Partners("resellers", ["acme"])]


def test_a_template_keeps_the_groups_that_it_names_when_its_audience_is_saved_as_it_is_shown(
    acme: Tenant, globex: Tenant
) -> None:
    author = actor_of(acme, "author")
    set_partner_group(actor=author, name="resellers", members=["globex"])
    published(acme, visibility="partner-curated", audience=["group:resellers", "acme"])
    with tenant_scope(acme.pk):
        shown = audience_of(WorkflowTemplate.objects.get(slug="tried"))
    assert shown == ["group:resellers", "acme"]
    update_template(actor=author, template="tried", audience=shown)
    set_partner_group(actor=author, name="resellers", members=["acme"])
    assert finds(globex) == []


def test_the_api_lists_sets_and_takes_away(acme: Tenant, globex: Tenant) -> None:
    author = caller_in(acme, "author")
    put = author.call("PUT", "partner-groups/resellers/", {"members": ["globex"]})
    made = {"name": "resellers", "members": ["globex"]}
    assert (put.status_code, put.json()) == (200, made | {"revision": revision_of(**made)})
    assert author.get("partner-groups/").json()["results"] == [put.json()]
    refused = author.call("PUT", "partner-groups/resellers/", {"members": ["no body"]})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_input")
    assert author.delete("partner-groups/resellers/").status_code == 204
    assert author.delete("partner-groups/resellers/").status_code == 404


def test_by_api_too_of_two_who_looked_at_the_same_group_one_is_told(
    acme: Tenant, globex: Tenant
) -> None:
    path, author = "partner-groups/resellers/", caller_in(acme, "author")
    looked = author.call("PUT", path, {"members": ["globex"], "expected_revision": ""}).json()
    given = {"members": ["acme"], "expected_revision": looked["revision"]}
    first = author.call("PUT", path, given)
    assert (first.status_code, first.json()["members"]) == (200, ["acme"])
    late = author.call("PUT", path, given | {"members": ["globex"]})
    assert (late.status_code, late.json()["code"]) == (409, "partner_group_changed")
    again = author.call("PUT", path, given | {"expected_revision": ""})
    assert (again.status_code, again.json()["code"]) == (400, "invalid_input")
    author.delete(path)
    gone = author.call("PUT", path, given)
    assert (gone.status_code, gone.json()["code"]) == (409, "partner_group_changed")
    assert author.get("partner-groups/").json()["results"] == []


def test_by_api_too_what_changed_since_it_was_looked_at_is_not_taken_away(
    acme: Tenant, globex: Tenant
) -> None:
    path, author = "partner-groups/resellers/", caller_in(acme, "author")
    looked = author.call("PUT", path, {"members": ["globex"]}).json()["revision"]
    now = author.call("PUT", path, {"members": ["acme"]}).json()
    late = author.delete(f"{path}?expected_revision={looked}")
    assert (late.status_code, late.json()["code"]) == (409, "partner_group_changed")
    assert author.get("partner-groups/").json()["results"] == [now]
    assert author.delete(f"{path}?expected_revision={now['revision']}").status_code == 204
    assert author.get("partner-groups/").json()["results"] == []


def test_there_is_an_end_to_groups_and_to_whom_a_template_names(acme: Tenant) -> None:
    published(acme, visibility="partner-curated", audience=["acme"])
    author = actor_of(acme, "author")
    with pytest.raises(InvalidInput) as refused:
        update_template(
            actor=author, template="tried", audience=[f"tenant-{number}" for number in range(201)]
        )
    assert [one.code for one in refused.value.problems] == ["too_many"]
    with tenant_scope(acme.pk):
        PartnerGroup.objects.bulk_create(
            PartnerGroup(tenant_id=acme.pk, name=f"group-{number}") for number in range(100)
        )
    with pytest.raises(InvalidInput) as refused:
        set_partner_group(actor=author, name="one-more", members=["acme"])
    assert [one.code for one in refused.value.problems] == ["too_many"]
    set_partner_group(actor=author, name="group-7", members=["acme"])
