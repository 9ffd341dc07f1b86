"""The page that says what changed between two versions."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from catalog.pages.comparing import MOST_CHANGES
from catalog.services.freeze_version import freeze_version
from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.catalog.test_pages_detail import freeze, page, source
from tests.factories import make_member
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

# The workflow, the numbers to choose from, the two versions.
MOST_STATEMENTS = 3


@pytest.fixture
def viewer_client(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "viewer"))
    return client


def diff(client: Client, status: int = 200, **query: str) -> str:
    response = client.get(reverse("catalog:diff", args=["acme", "close-access"]), query)
    assert response.status_code == status
    return response.content.decode()


def test_the_latest_is_compared_with_the_one_before_it(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    freeze(author, version="1.1.0", risk="high")
    freeze(author, version="1.2.0", risk="high", count=2)
    text = diff(viewer_client)
    assert "From 1.1.0 to 1.2.0: 3 changes." in text
    assert "<code>with.count</code>" in text
    assert "Risk" not in text
    assert "<ins>+   version: 1.2.0</ins>" in text
    assert "From 1.0.0 to 1.2.0: 4 changes." in diff(viewer_client, **{"from": "1.0.0"})


def test_each_change_is_shown_with_what_it_means_and_which_number_it_asks_for(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    more = source("2.0.0", risk="high").replace(
        b"secrets: {", b"secrets: {mailbox: {description: May send}, "
    )
    freeze_version(actor=author, source=more, media_type="application/yaml")
    text = diff(viewer_client)
    assert "Breaking: asks for 2.0.0 or above." in text
    assert "The secret <code>mailbox</code> is new." in text
    assert "The risk is high; it was medium." in text
    assert re.findall(r"<h2>\s+(.+) <span", text) == ["Breaking", "Reaches more"]
    assert re.findall(r"<strong>(Breaking|Reaches more)</strong>", text) == [
        "Breaking",
        "Reaches more",
        "Reaches more",
    ]
    assert re.search(r'<li class="add break">\s*<p>The secret', text)
    assert "It reaches more than 1.0.0." in text
    assert re.search(r'<li class="add more">\s*<p>\s*<code>mailbox</code>', text)
    assert "As before" in text
    back = diff(viewer_client, **{"from": "2.0.0", "to": "1.0.0"})
    assert "You look back" in back
    assert "Compatible: asks for 2.0.1 or above." in back
    assert "It reaches less than 2.0.0." in back
    assert re.search(r'<li class="del less">\s*<p>\s*<code>mailbox</code>', back)


def test_the_versions_link_to_what_changed(author: Actor, viewer_client: Client) -> None:
    freeze(author)
    freeze(author, version="1.1.0")
    text = page(viewer_client)
    url = reverse("catalog:diff", args=["acme", "close-access"])
    assert f"{url}?to=1.1.0" in text
    assert f"{url}?to=1.0.0" not in text


def test_a_version_against_itself_says_that_nothing_differs(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    assert "Nothing differs" in diff(viewer_client)


def test_a_version_that_is_not_there_can_t_be_compared(
    author: Actor, viewer_client: Client
) -> None:
    freeze(author)
    assert "has no version 9.9.9" in diff(viewer_client, status=404, to="9.9.9")
    assert "has no version 9.9.9" in diff(viewer_client, status=404, **{"from": "9.9.9"})


def test_another_tenant_s_versions_are_not_there(
    globex: Tenant, author: Actor, client: Client
) -> None:
    freeze(author)
    client.force_login(make_member(globex, "admin"))
    diff(client, status=404)


def test_comparing_has_a_budget_however_many_versions_there_are(
    author: Actor, viewer_client: Client
) -> None:
    for number in range(5):
        freeze(author, version=f"1.{number}.0")
    diff(viewer_client)
    with statements_at_most(MOST_STATEMENTS):
        diff(viewer_client)


NOTES = "templates:\n  one:\n    text: |\n{one}\n  two:\n    text: |\n{two}\nexamples:"


def freeze_with(author: Actor, version: str, one: list[str], two: list[str]) -> None:
    written = NOTES.format(
        one="\n".join(f"      {line}" for line in one),
        two="\n".join(f"      {line}" for line in two),
    )
    text = source(version).decode().replace("examples:", written)
    freeze_version(actor=author, source=text.encode(), media_type="application/yaml")


def test_every_region_of_the_page_has_a_label_of_its_own(
    author: Actor, viewer_client: Client
) -> None:
    freeze_with(author, "1.0.0", ["a", "b", "x" * 300], ["a", "b"])
    freeze_with(author, "1.1.0", ["a", "c", "y" * 300], ["b", "b"])
    text = diff(viewer_client)
    labels = re.findall(r'aria-label="((?:Lines|Template)[^"]*)"', text)
    assert "Lines of Template one text that changed" in labels
    assert len(labels) == len(set(labels)) == 3
    assert all("aria-label" in each for each in re.findall(r'<pre[^>]*tabindex="0"[^>]*>', text))


def test_a_text_that_differs_in_too_much_is_cut_and_says_why(
    author: Actor, viewer_client: Client
) -> None:
    freeze_with(author, "1.0.0", [f"old {n}" for n in range(600)], ["a"])
    freeze_with(author, "1.1.0", [f"new {n}" for n in range(600)], ["a"])
    text = diff(viewer_client)
    assert "Too much of it differs to be shown by line." in text
    assert "The whole of it" in text
    assert "in the lines below" not in text
    labels = re.findall(r'<pre[^>]*aria-label="([^"]*)"', text)
    assert labels == ["Template one text, Before", "Template one text, After"]


@pytest.mark.parametrize(
    ("between", "said"), [(", ", "in the lines below"), (",\n  ", "not shown here")]
)
def test_changes_that_are_left_out_are_said_to_be_where_they_are(
    author: Actor, viewer_client: Client, between: str, said: str
) -> None:
    count = MOST_CHANGES + 20
    for version in ("1.0.0", "1.1.0"):
        steps = between.join(
            f"{{id: s{n}, task: core.set@1, with: {{values: {{n: {version}}}}}}}"
            for n in range(count)
        )
        head = source(version).decode().partition("steps:")[0]
        text = re.sub(r"secrets: .*\n|endpoints:\n.*\n", "", head) + f"steps: [\n  {steps}\n]\n"
        freeze_version(actor=author, source=text.encode(), media_type="application/yaml")
    text = diff(viewer_client)
    assert re.search(rf"more changes\s+are {said}", text)
