"""Freezing: what is frozen never changes by a byte, and each freeze and edit leaves a receipt."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connections, transaction

from catalog.models import WorkflowDefinition, WorkflowTag, WorkflowVersion
from catalog.services.create_workflow import create_workflow
from catalog.services.edit_metadata import edit_metadata
from catalog.services.freeze_version import VersionTaken, freeze_version
from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Conflict, Denied, IllegalTransition, InvalidInput, NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of, make_tenant
from tests.runtime.driving import ALIASES, document, freeze

ONE = "- {id: a, task: core.set@1, with: {values: {n: 1}}}"
TWO = "- {id: a, task: core.set@1, with: {values: {n: 2}}}"
FACTS = {"title": "Tried", "category": "HR", "risk": "low", "owner_team": "People Ops"}


def definition_of(actor: Actor) -> WorkflowDefinition:
    """The workflow `tried`."""
    assert actor.tenant_id
    with tenant_scope(actor.tenant_id):
        return WorkflowDefinition.objects.get(tenant_id=actor.tenant_id, slug="tried")


def test_a_document_becomes_a_version_with_its_digest_and_a_receipt(author: Actor) -> None:
    version = freeze(author, ONE, version="1.2.3")
    definition = definition_of(author)
    assert (definition.status, definition.latest_version) == ("active", "1.2.3")
    assert definition.address == "acme/tried"
    with tenant_scope(version.tenant_id):
        kept = WorkflowVersion.objects.get()
        receipt = Receipt.objects.get(kind="workflow.freeze")
    assert kept.digest == digest(kept.frozen)
    assert receipt.subject_id == str(version.pk)
    assert receipt.statement["subject"][0]["digest"]["sha256"] == kept.digest.removeprefix(
        "sha256:"
    )
    assert receipt.actor_id == author.id


def test_the_same_document_again_changes_nothing(author: Actor) -> None:
    first = freeze(author, ONE)
    source = document(ONE)
    again = freeze_version(actor=author, source=source, media_type="application/yaml")
    assert (again.created, again.version.pk) == (False, first.pk)
    with tenant_scope(first.tenant_id):
        assert Receipt.objects.filter(kind="workflow.freeze").count() == 1


def test_other_contents_under_a_frozen_version_are_refused(author: Actor) -> None:
    freeze(author, ONE)
    with pytest.raises(VersionTaken):
        freeze(author, TWO)


@pytest.mark.parametrize("lower", ["1.0.9", "1.1.0-rc.1"])
def test_a_version_below_the_latest_is_refused(author: Actor, lower: str) -> None:
    freeze(author, ONE, version="1.1.0")
    with pytest.raises(InvalidInput) as refused:
        freeze(author, TWO, version=lower)
    assert [problem.code for problem in refused.value.problems] == ["version_not_above"]


SECRET = "secrets: {token: {description: May read}}"
WAIT = "- {id: w, task: core.wait@1, with: {duration: 1s}}"


@pytest.mark.parametrize(
    ("version", "change", "wanted"),
    [
        ("1.9.9", {"rest": SECRET}, "2.0.0"),
        ("1.0.1", {"steps": f"{ONE}\n{WAIT}"}, "1.1.0"),
        ("1.0.1", {"risk": "high"}, "1.1.0"),
    ],
)
def test_a_version_that_says_less_than_it_changes_is_refused_with_the_smallest_that_would_do(
    author: Actor, version: str, change: dict[str, str], wanted: str
) -> None:
    freeze(author, ONE)
    changed = {"steps": ONE, **change}
    with pytest.raises(InvalidInput) as refused:
        freeze(author, **changed, version=version)
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("/metadata/version", "version_understated")
    assert problem.line == 7
    assert f"Write {wanted} or above" in problem.hint
    assert refused.value.hint == problem.hint
    assert definition_of(author).latest_version == "1.0.0"
    assert freeze(author, **changed, version=wanted).version == wanted


def test_a_change_is_held_against_the_latest_version_and_not_against_an_older_one(
    author: Actor,
) -> None:
    freeze(author, ONE)
    freeze(author, ONE, version="2.0.0", rest=SECRET)
    assert freeze(author, TWO, version="2.0.1", rest=SECRET).version == "2.0.1"


def test_versions_are_listed_by_precedence_and_not_by_text(author: Actor) -> None:
    for version in ("1.9.0", "1.10.0-rc.1", "1.10.0", "10.0.0"):
        freeze(author, ONE.replace("n: 1", f"n: '{version}'"), version=version)
    with tenant_scope(definition_of(author).tenant_id):
        listed = [row.version for row in WorkflowVersion.objects.newest_first()]
    assert listed == ["10.0.0", "1.10.0", "1.10.0-rc.1", "1.9.0"]


@pytest.mark.django_db(transaction=True, databases=ALIASES)
@pytest.mark.parametrize("alias", ["default", "owner"])
def test_a_version_can_not_be_changed_or_deleted_by_anyone(author: Actor, alias: str) -> None:
    version = freeze(author, ONE)
    with tenant_scope(version.tenant_id):
        rows = WorkflowVersion.objects.using(alias).filter(pk=version.pk)
        for change in (lambda: rows.update(changelog="Other."), rows.delete):
            with (
                pytest.raises(DatabaseError, match=r"append-only|permission denied"),
                transaction.atomic(using=alias),
            ):
                change()


def test_a_document_of_another_name_is_refused(author: Actor) -> None:
    with pytest.raises(InvalidInput, match="not of other"):
        freeze_version(
            actor=author, source=document(ONE), media_type="application/yaml", slug="other"
        )


def test_a_document_without_a_category_can_not_be_listed(author: Actor) -> None:
    source = document(ONE).replace(b"  category: FinOps\n", b"")
    with pytest.raises(InvalidInput) as refused:
        freeze_version(actor=author, source=source, media_type="application/yaml")
    assert [problem.path for problem in refused.value.problems] == ["/metadata/category"]


def test_the_longest_name_owner_and_version_that_validate_can_be_kept(author: Actor) -> None:
    source = document(ONE, name="n" * 63, version="9" * 40 + ".0.0")
    source = source.replace(b"owner_team: Tests", b"owner_team: " + b"t" * 80)
    frozen = freeze_version(actor=author, source=source, media_type="application/yaml")
    assert frozen.created
    for wrong in (
        source.replace(b"n" * 63, b"n" * 64),
        source.replace(b"t" * 80, b"t" * 81),
    ):
        with pytest.raises(InvalidInput) as refused:
            freeze_version(actor=author, source=wrong, media_type="application/yaml")
        assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    ("called", "code"),
    [
        ("workflow: nowhere", "unknown_workflow"),
        ("workflow: tried, version: ^9.0", "version_range"),
    ],
)
def test_a_call_must_name_a_workflow_and_a_version_that_are_there(
    author: Actor, called: str, code: str
) -> None:
    freeze(author, ONE)
    with pytest.raises(InvalidInput) as refused:
        freeze(author, f"- {{id: a, task: workflow.call@1, with: {{{called}}}}}", name="caller")
    assert [problem.code for problem in refused.value.problems] == [code]


def test_an_operator_may_not_freeze(acme: Tenant) -> None:
    with pytest.raises(Denied):
        freeze(actor_of(acme, "operator"), ONE)
    with tenant_scope(acme.pk):
        assert WorkflowDefinition.objects.count() == 0


@pytest.mark.django_db(transaction=True, databases=ALIASES)
def test_of_two_who_freeze_one_version_at_once_one_wins(author: Actor) -> None:
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def go(steps: str) -> None:
        barrier.wait(10)
        try:
            freeze(author, steps)
            outcomes.append("frozen")
        except Conflict:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=go, args=(steps,)) for steps in (ONE, TWO)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["frozen", "refused"]
    with tenant_scope(definition_of(author).tenant_id):
        assert WorkflowVersion.objects.count() == 1


def test_an_edit_leaves_a_receipt_with_before_and_after_and_no_change_leaves_none(
    author: Actor,
) -> None:
    freeze(author, ONE)
    definition = definition_of(author)
    changes = {"title": "Renamed", "tags": ["leaver", "access-review"]}
    for _ in range(2):
        edit_metadata(
            actor=author,
            tenant_id=definition.tenant_id,
            definition_id=definition.pk,
            changes=changes,
        )
    with tenant_scope(definition.tenant_id):
        receipt = Receipt.objects.get(kind="workflow.edit_metadata")
        tags = set(WorkflowTag.objects.values_list("name", flat=True))
    what = receipt.statement["predicate"]["what"]
    assert what["before"] == {"title": "Tried", "tags": []}
    assert what["after"] == {"title": "Renamed", "tags": ["access-review", "leaver"]}
    assert tags == {"leaver", "access-review"}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"category": "Sales"}, "/category"),
        ({"risk": ""}, "/risk"),
        ({"title": "  "}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"title": 3}, "/title"),
        ({"tags": ["x" * 41]}, "/tags"),
        ({"tags": "leaver"}, "/tags"),
        ({"slug": "other"}, "/slug"),
    ],
)
def test_a_wrong_fact_is_named(author: Actor, changes: dict[str, object], path: str) -> None:
    freeze(author, ONE)
    definition = definition_of(author)
    with pytest.raises(InvalidInput) as refused:
        edit_metadata(
            actor=author,
            tenant_id=definition.tenant_id,
            definition_id=definition.pk,
            changes=changes,
        )
    assert [problem.path for problem in refused.value.problems] == [path]


def test_a_workflow_with_versions_can_not_become_a_draft_again(author: Actor) -> None:
    freeze(author, ONE)
    definition = definition_of(author)
    with pytest.raises(IllegalTransition):
        edit_metadata(
            actor=author,
            tenant_id=definition.tenant_id,
            definition_id=definition.pk,
            changes={"status": "draft"},
        )


def test_another_tenants_workflow_can_not_be_edited_even_when_it_is_global(author: Actor) -> None:
    freeze(author, ONE)
    definition = definition_of(author)
    edit_metadata(
        actor=author,
        tenant_id=definition.tenant_id,
        definition_id=definition.pk,
        changes={"scope": "global"},
    )
    stranger = actor_of(make_tenant(), "admin")
    assert stranger.tenant_id
    with pytest.raises(NotFound):
        edit_metadata(
            actor=stranger,
            tenant_id=stranger.tenant_id,
            definition_id=definition.pk,
            changes={"title": "Mine"},
        )
    with pytest.raises(Denied):
        edit_metadata(
            actor=stranger,
            tenant_id=definition.tenant_id,
            definition_id=definition.pk,
            changes={"title": "Mine"},
        )


def test_a_workflow_made_by_its_facts_is_a_draft_until_a_version_is_frozen(author: Actor) -> None:
    made = create_workflow(actor=author, slug="tried", facts=dict(FACTS, tags=["joiner"]))
    assert made.status == "draft"
    with pytest.raises(Conflict):
        create_workflow(actor=author, slug="tried", facts=dict(FACTS))
    freeze(author, ONE)
    assert definition_of(author).status == "active"


def test_a_new_workflow_says_everything_that_is_missing_at_once(author: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_workflow(actor=author, slug="Not A Slug", facts={"category": "Sales"})
    assert {problem.path for problem in refused.value.problems} == {
        "/slug",
        "/title",
        "/risk",
        "/owner_team",
        "/category",
    }
