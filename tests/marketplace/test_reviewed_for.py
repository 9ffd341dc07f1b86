"""A release is for those whom it was reviewed for, whoever finds a later one of its template."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from catalog.models import WorkflowTemplate, WorkflowVersion
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release
from marketplace.services.find_release import find_release
from marketplace.services.update_template import update_template
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of
from tests.marketplace.worlds import published

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def author(acme: Tenant) -> Actor:
    """Who publishes."""
    return actor_of(acme, "author")


def found_by(tenant: Tenant) -> list[str]:
    """The releases that a tenant reads."""
    with tenant_scope(tenant.pk):
        return list(Release.objects.order_by("order").values_list("number", flat=True))


def test_what_was_reviewed_for_its_publisher_alone_is_not_there_for_others(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    inner = published(acme, author=author, visibility="internal-only")
    published(acme, author=author, number="1.0.1")
    assert (found_by(acme), found_by(globex)) == (["1.0.0", "1.0.1"], ["1.0.1"])
    with tenant_scope(globex.pk):
        assert find_release(tenant_id=globex.pk, address="acme/tried@1.0.1").release
        assert not WorkflowVersion.objects.filter(pk=inner.version_id).exists()
        with pytest.raises(NotFound):
            find_release(tenant_id=globex.pk, address="acme/tried@1.0.0")


def test_what_was_reviewed_for_partners_is_found_while_the_template_is_for_partners(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    published(acme, author=author, visibility="partner-curated", audience=["globex"])
    assert found_by(globex) == ["1.0.0"]
    published(acme, author=author, number="1.0.1")
    assert found_by(globex) == ["1.0.1"]
    update_template(actor=author, template="tried", visibility="partner-curated")
    assert found_by(globex) == ["1.0.0", "1.0.1"]


def test_when_the_latest_is_withdrawn_no_more_find_it_than_the_one_before_was_reviewed_for(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    published(acme, author=author, visibility="internal-only")
    published(acme, author=author, number="1.0.1")
    withdraw_release(
        actor=actor_of(acme, "admin"), release="acme/tried@1.0.1", mode="warn", reason="It leaks."
    )
    with tenant_scope(globex.pk):
        assert not WorkflowTemplate.objects.exists()
    with tenant_scope(acme.pk):
        template = WorkflowTemplate.objects.get()
        assert (template.visibility, template.latest_number) == ("internal-only", "1.0.0")


def test_for_whom_a_release_was_reviewed_never_changes(acme: Tenant, author: Actor) -> None:
    release = published(acme, author=author, visibility="internal-only")
    with (
        tenant_scope(acme.pk),
        pytest.raises(DatabaseError, match="is fixed"),
        transaction.atomic(),
    ):
        Release.objects.filter(pk=release.pk).update(reviewed_for="public-ecosystem")
