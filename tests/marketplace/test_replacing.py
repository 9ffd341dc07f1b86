"""What is named in the place of a release is found by those who are told of it."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Release
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.note_adoption import note_adoption
from marketplace.services.stop_installation import uninstall
from marketplace.services.update_template import update_template
from marketplace.services.withdraw_release import withdraw_release
from tests.factories import actor_of, make_tenant
from tests.marketplace.worlds import installed, published
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)


@pytest.fixture
def author(acme: Tenant) -> Actor:
    """Somebody who writes and publishes in acme."""
    return actor_of(acme, "author")


@pytest.mark.parametrize(
    ("visibility", "audience", "missing"),
    [
        ("internal-only", [], "globex, initech"),
        ("partner-curated", ["globex"], "initech"),
        ("partner-curated", ["globex", "initech", "hooli"], ""),
        ("public-ecosystem", [], ""),
    ],
)
def test_what_replaces_a_release_is_found_by_all_whom_it_names(
    acme: Tenant, globex: Tenant, author: Actor, visibility: str, audience: list[str], missing: str
) -> None:
    make_tenant("initech")
    make_tenant("hooli")
    named = ["globex", "initech"]
    release = published(acme, author=author, visibility="partner-curated", audience=named)
    published(acme, author=author, slug="better", visibility=visibility, audience=audience)
    problems = refused_replacing(author, release, "acme/better")
    assert [one.code for one in problems] == (["replacement_not_found"] if missing else [])
    assert all(one.message.endswith(f"don't find acme/better: {missing}.") for one in problems)


def test_what_everybody_finds_is_replaced_by_what_everybody_finds(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    release = published(acme, author=author)
    published(acme, author=author, slug="ours", visibility="internal-only")
    published(globex, slug="theirs", visibility="partner-curated", audience=["acme"])
    for other in ("acme/ours", "acme/ours@1.0.0", "globex/theirs"):
        (problem,) = refused_replacing(author, release, other)
        assert problem.message == f"Everybody finds acme/tried, and not {other}."
    given = {"mode": "warn", "reason": "Old.", "replacement": "acme/ours"}
    with pytest.raises(InvalidInput):
        withdraw_release(actor=actor_of(acme, "admin"), release=release.pk, **given)
    with tenant_scope(acme.pk):
        assert Release.objects.get(pk=release.pk).status == "published"


def test_what_is_one_s_own_is_replaced_by_anything_that_one_finds(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    release = published(acme, author=author, visibility="internal-only")
    published(globex, slug="theirs", visibility="partner-curated", audience=["acme"])
    assert refused_replacing(author, release, "globex/theirs") == []


def test_who_runs_a_release_finds_what_replaces_it_though_no_longer_the_release(
    acme: Tenant, globex: Tenant, author: Actor
) -> None:
    release = published(acme, author=author)
    published(acme, author=author, slug="better", visibility="internal-only")
    installation = installed(actor_of(globex, "admin"), parameters={})
    note_adoption(installation.pk)
    update_template(actor=author, template="tried", visibility="internal-only")
    (problem,) = refused_replacing(author, release, "acme/better")
    assert problem.message.endswith("don't find acme/better: globex.")
    uninstall(actor=actor_of(globex, "admin"), name="mine")
    note_adoption(installation.pk)
    assert refused_replacing(author, release, "acme/better") == []


def refused_replacing(author: Actor, release: Release, other: str) -> list[Problem]:
    """What is wrong with `other` in its place; it is deprecated where nothing is."""
    try:
        deprecate_release(actor=author, release=release.pk, reason="Old.", replacement=other)
    except InvalidInput as refused:
        return list(refused.problems)
    return []
