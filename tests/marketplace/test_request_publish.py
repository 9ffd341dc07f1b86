"""Request publish: what is compared, what is refused, and which reviews it takes."""

from __future__ import annotations

import pytest

from catalog.models import (
    TemplateAudience,
    WorkflowDefinition,
    WorkflowTemplate,
    WorkflowVersion,
)
from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.identity import new_id
from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.tenancy.models import Tenant
from marketplace.models import Submission
from marketplace.services.install_system_workflows import install_system_workflows
from marketplace.services.request_publish import (
    AlreadyPublished,
    AlreadySubmitted,
    request_publish,
)
from tests.factories import actor_of
from tests.marketplace.worlds import STEPS, frozen, published, submitted
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def installed(db: None) -> None:
    install_system_workflows()


def problems_of(refused: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in refused.value.problems]


def test_a_request_makes_a_template_and_starts_a_pipeline(acme: Tenant) -> None:
    author = actor_of(acme, "author")
    submission = submitted(acme, author=author, note="First one.", checked=False)
    with tenant_scope(acme.pk):
        template = WorkflowTemplate.objects.get()
        assert (template.standing, template.address) == ("unlisted", "acme/tried")
        execution = Execution.objects.get(pk=submission.execution_id)
        assert execution.workflow == "maestro/publish-release"
        assert execution.started_by == author.id
        assert Receipt.objects.filter(kind="release.submit").count() == 1
        assert OutboxEvent.objects.filter(kind="release.submitted").count() == 1
    assert submission.author_id == author.id
    assert submission.capabilities["tasks"] == ["core.set@1"]


@pytest.mark.parametrize(
    ("visibility", "risk", "reviews"),
    [
        ("internal-only", "low", ["security"]),
        ("internal-only", "medium", ["docs", "security"]),
        ("public-ecosystem", "low", ["docs", "performance", "security"]),
    ],
)
def test_policy_says_which_reviews_it_takes(
    acme: Tenant, visibility: str, risk: str, reviews: list[str]
) -> None:
    submission = submitted(acme, visibility=visibility, risk=risk, checked=False)
    assert submission.required_reviews == reviews


def test_who_only_runs_workflows_puts_nothing_forward(acme: Tenant, operator: Actor) -> None:
    frozen(actor_of(acme, "author"))
    with pytest.raises(Denied):
        request_publish(actor=operator, workflow="tried", visibility="internal-only")


def test_nobody_puts_somebody_elses_workflow_forward(acme: Tenant, globex: Tenant) -> None:
    frozen(actor_of(acme, "author"))
    for workflow in ("tried", "acme/tried"):
        with pytest.raises(NotFound):
            request_publish(
                actor=actor_of(globex, "author"), workflow=workflow, visibility="internal-only"
            )


def test_a_version_is_put_forward_once(acme: Tenant, author: Actor) -> None:
    submission = submitted(acme, author=author)
    with pytest.raises(AlreadySubmitted) as refused:
        request_publish(actor=author, workflow="tried", visibility="internal-only")
    assert refused.value.details["submission"] == str(submission.pk)


def test_a_published_version_is_not_put_forward_again(acme: Tenant, author: Actor) -> None:
    published(acme, author=author)
    with pytest.raises(AlreadyPublished):
        request_publish(actor=author, workflow="tried", visibility="internal-only")


def test_everything_wrong_with_a_request_is_told_at_once(acme: Tenant, author: Actor) -> None:
    frozen(author)
    with pytest.raises(InvalidInput) as refused:
        request_publish(
            actor=author,
            workflow="tried",
            visibility="partner-curated",
            note="x" * 2001,
            audience=["Nobody here"],
        )
    assert problems_of(refused) == [("/note", "too_long"), ("/audience/0", "unknown_partner")]


def test_without_a_changelog_nothing_is_put_forward(acme: Tenant, author: Actor) -> None:
    frozen(author, source=without_changelog())
    with pytest.raises(InvalidInput) as refused:
        request_publish(actor=author, workflow="tried", visibility="internal-only")
    assert problems_of(refused) == [("/changelog", "changelog_required")]
    with tenant_scope(acme.pk):
        assert not Submission.objects.exists()


def without_changelog() -> bytes:
    return document(STEPS).replace(b"changelog: First.", b"changelog: ''")


BREAKING = """
parameters: {type: object, required: [who], properties: {who: {type: string}}}
"""


def test_an_understated_version_is_told_the_smallest_that_would_do(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    published(acme, author=author)
    copied(
        frozen(
            actor_of(globex, "author"),
            version="1.1.0",
            parameters=BREAKING,
            rest="examples: [{title: Ana, parameters: {who: Ana}}]",
        ),
        acme,
    )
    with pytest.raises(InvalidInput) as refused:
        request_publish(actor=author, workflow="tried", visibility="internal-only")
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("/version", "version_understated")
    assert "2.0.0" in problem.hint


def copied(version: WorkflowVersion, tenant: Tenant) -> None:
    """The version in another tenant, as one that was frozen before there were today's rules."""
    with tenant_scope(tenant.pk):
        definition = WorkflowDefinition.objects.get(slug="tried")
        version.pk, version.tenant_id, version.definition = new_id(), tenant.pk, definition
        version.save(force_insert=True)
        definition.latest_version = version.version
        definition.save()


def test_what_changed_since_the_release_before_is_kept(acme: Tenant, author: Actor) -> None:
    published(acme, author=author)
    submission = submitted(
        acme,
        author=author,
        version="2.0.0",
        parameters=BREAKING,
        rest="examples: [{title: Ana, parameters: {who: Ana}}]",
        checked=False,
    )
    assert submission.compared_with == "1.0.0"
    assert submission.changes[0]["class"] == "breaking"


def test_partners_are_named_by_their_slugs(acme: Tenant, globex: Tenant) -> None:
    submitted(acme, visibility="partner-curated", audience=["globex"])
    with tenant_scope(acme.pk):
        assert TemplateAudience.objects.get().member_id == globex.pk


def test_for_named_partners_somebody_is_named_once(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    with pytest.raises(InvalidInput) as refused:
        submitted(acme, author=author, visibility="partner-curated", audience=[" "])
    assert problems_of(refused) == [("/audience", "partners_missing")]
    published(
        acme, author=author, number="1.0.1", visibility="partner-curated", audience=["globex"]
    )
    again = submitted(acme, author=author, version="1.0.2", visibility="partner-curated")
    assert again.visibility == "partner-curated"


def test_only_a_curated_template_names_partners(acme: Tenant, globex: Tenant) -> None:
    with pytest.raises(InvalidInput) as refused:
        submitted(acme, visibility="internal-only", audience=["globex"])
    assert problems_of(refused) == [("/audience", "audience_without_partners")]
