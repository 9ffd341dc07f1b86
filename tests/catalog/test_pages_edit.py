"""Writing a workflow as text: checked, compared with what there is, frozen; nothing typed is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import WorkflowDefinition, WorkflowVersion
from maestro.kernel.actor import Actor
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.catalog.test_pages_detail import freeze, page, source
from tests.factories import make_member
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

# The workflow twice (to edit, and by its document's name), the version begun from, those to compare
# with; the menu's count.
MOST_STATEMENTS = 5
# And what freezing does: the latest again, locked, its tags, its words, receipt and decision.
MOST_TO_FREEZE = 20
PURPOSE = "workflow.authoring"


@pytest.fixture
def author_client(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "author"))
    return client


def address(name: str = "edit") -> str:
    return reverse(f"catalog:{name}", args=["acme", "close-access"] if name == "edit" else [])


def opened(client: Client, name: str = "edit", status: int = 200, **query: str) -> str:
    answer = client.get(address(name), query)
    assert answer.status_code == status
    return answer.content.decode()


def sent(client: Client, text: str | bytes, name: str = "edit", **more: str) -> tuple[int, str]:
    """The status and the page; where it leads to for a redirect."""
    said = text.decode() if isinstance(text, bytes) else text
    posted = {"source": said, "mode": "check", "purpose": PURPOSE} | more
    answer = client.post(address(name), posted)
    return answer.status_code, answer.get("Location", "") or answer.content.decode()


def text_in(page: str) -> str:
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)
    assert found
    return unescape(found[1])


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found
    return unescape(found[1])


def frozen_versions(tenant: Tenant) -> set[str]:
    with tenant_scope(tenant.pk):
        return set(WorkflowVersion.objects.values_list("version", flat=True))


def test_a_new_workflow_begins_with_a_document_that_is_valid(author_client: Client) -> None:
    text = opened(author_client, "new")
    assert "It can be frozen as 1.0.0, the first version of a new workflow" in text
    assert "name: my-workflow" in text_in(text)


def test_every_shipped_example_can_be_begun_from_and_is_valid(author_client: Client) -> None:
    listed = re.findall(r'href="([^"]*\?example=[^"]*)"', opened(author_client, "new"))
    assert len(listed) == 6
    for url in listed:
        assert "It can be frozen as" in author_client.get(url).content.decode(), url


def test_an_example_speaks_to_this_machine_s_practice_world(
    author_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRACTICE_HTTP_PORT", "9119")
    text = text_in(opened(author_client, "new", example="welcome-newcomer"))
    assert "http://127.0.0.1:9119" in text
    assert "8025" not in text


@pytest.mark.parametrize("name", ["nothing", "../../requirements/base", "welcome-newcomer.yaml"])
def test_an_example_that_is_not_there_is_not_found(author_client: Client, name: str) -> None:
    opened(author_client, "new", status=404, example=name)


def test_a_first_version_is_frozen_and_its_page_says_so(
    author_client: Client, acme: Tenant
) -> None:
    status, url = sent(author_client, source(), "new", mode="freeze")
    assert (status, url) == (302, reverse("catalog:detail", args=["acme", "close-access"]))
    assert "Version 1.0.0 is frozen." in author_client.get(url).content.decode()
    assert frozen_versions(acme) == {"1.0.0"}


def test_a_version_is_edited_as_it_was_written(author: Actor, author_client: Client) -> None:
    freeze(author)
    freeze(author, version="1.1.0")
    latest = opened(author_client)
    assert text_in(latest) == source(version="1.1.0").decode()
    assert "This is version 1.1.0 already" in latest
    older = opened(author_client, version="1.0.0")
    assert text_in(older) == source().decode()
    assert "You begin from 1.0.0; the latest is 1.1.0." in older
    assert "Version 1.0.0 is not above" not in older
    opened(author_client, status=404, version="9.9.9")


def test_what_is_wrong_is_told_with_its_line_and_nothing_typed_is_lost(
    author_client: Client,
) -> None:
    wrong = source().replace(b"core.approval@1", b"core.aproval@1").replace(b"  risk:", b"  rysk:")
    status, text = sent(author_client, wrong, "new")
    assert status == 200
    assert text_in(text) == wrong.decode()
    assert "problems in the document" in text
    line = wrong.decode().split("\n").index("    task: core.aproval@1") + 1
    assert f'data-line="{line}"' in text
    assert "<code>/steps/1/task</code>" in text
    assert "<code>unknown_key</code>" in text
    assert "rysk: medium" in text


def test_a_document_that_is_wrong_is_not_frozen(author_client: Client, acme: Tenant) -> None:
    wrong = source().replace(b"core.approval@1", b"core.aproval@1")
    status, text = sent(author_client, wrong, "new", mode="freeze", purpose="")
    assert status == 400
    assert text_in(text) == wrong.decode()
    assert "1 problem in the document" in text
    assert "Choose what this is for." in text
    assert frozen_versions(acme) == set()


@pytest.mark.parametrize(
    ("version", "count", "code"),
    [("1.0.0", 2, "version_taken"), ("0.9.0", 2, "version_not_above")],
)
def test_a_version_that_is_not_raised_is_told_at_its_line(
    author: Actor, author_client: Client, version: str, count: int, code: str
) -> None:
    freeze(author)
    changed = source(version=version, count=count)
    line = changed.decode().split("\n").index(f"  version: {version}") + 1
    for mode, expected in [("check", 200), ("freeze", 400)]:
        status, text = sent(author_client, changed, mode=mode)
        assert status == expected
        assert f"<code>{code}</code>" in text
        assert f'data-line="{line}"' in text


def test_another_name_and_a_missing_category_are_told_at_their_lines(
    author: Actor, author_client: Client
) -> None:
    freeze(author)
    changed = source(version="1.1.0").replace(b"name: close-access", b"name: other")
    changed = changed.replace(b"  category: HR\n", b"")
    _, text = sent(author_client, changed)
    assert "This document is of other, not of close-access." in text
    assert "The category is missing." in text
    assert text.count('data-line="5"') == 1
    assert text.count('data-line="4"') == 1


def test_nothing_is_frozen_that_was_not_shown(
    author: Actor, author_client: Client, acme: Tenant
) -> None:
    freeze(author)
    changed = source(version="1.1.0", count=2)
    status, text = sent(author_client, changed, mode="freeze")
    assert status == 200
    assert "Nothing is frozen yet. Look at what changes, then freeze it." in text
    assert "<code>with.count</code>" in text
    assert frozen_versions(acme) == {"1.0.0"}
    seen = seen_in(text)
    other = source(version="1.1.0", count=3)
    assert sent(author_client, other, mode="freeze", seen=seen)[0] == 200
    freeze(author, version="1.0.5")
    assert sent(author_client, changed, mode="freeze", seen=seen)[0] == 200
    again = sent(author_client, changed)[1]
    assert sent(author_client, changed, mode="freeze", seen=seen_in(again))[0] == 302
    assert frozen_versions(acme) == {"1.0.0", "1.0.5", "1.1.0"}


def test_a_purpose_is_asked_for_before_anything_is_frozen(
    author: Actor, author_client: Client, acme: Tenant
) -> None:
    freeze(author)
    changed = source(version="1.1.0")
    seen = seen_in(sent(author_client, changed)[1])
    status, text = sent(author_client, changed, mode="freeze", seen=seen, purpose="")
    assert status == 400
    assert "data-focus" in text
    assert text_in(text) == changed.decode()
    assert frozen_versions(acme) == {"1.0.0"}


def test_the_same_document_again_is_said_to_be_there(
    author: Actor, author_client: Client, acme: Tenant
) -> None:
    freeze(author)
    status, url = sent(author_client, source(), mode="freeze")
    assert status == 302
    assert "Version 1.0.0 is this document already." in author_client.get(url).content.decode()
    assert frozen_versions(acme) == {"1.0.0"}


def test_line_ends_of_a_form_are_those_of_a_file(author: Actor, author_client: Client) -> None:
    freeze(author)
    _, text = sent(author_client, source().replace(b"\n", b"\r\n"))
    assert "This is version 1.0.0 already" in text
    assert "\r" not in text_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00",
        "a: \x00b",
        "\ta: 1",
        "a: [" * 100,
        "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(99)),
        "{" * 500,
        "- 1",
        "a: 1\n---\na: 2",
        "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
        "x" * (1024 * 1024 + 1),
        "# €\n" * 100 + "x: 1e999",
    ],
)
def test_whatever_is_sent_is_answered_with_what_is_wrong(author_client: Client, text: str) -> None:
    for name in ("new", "check"):
        status, answer = sent(author_client, text, name)
        assert status == 200
        assert 'href="#source"' in answer


def test_what_is_written_can_t_write_the_page(author_client: Client) -> None:
    text = '"</textarea><script>alert(1)</script>": 1'
    assert "<script>alert" not in sent(author_client, text, "new")[1]


def test_the_check_answers_with_the_panel_alone_and_says_its_verdict(
    author: Actor, author_client: Client
) -> None:
    freeze(author)
    _, text = sent(
        author_client, source(version="1.1.0", risk="high"), "check", slug="close-access"
    )
    assert "<html" not in text
    assert "<textarea" not in text
    assert 'id="checked-said" data-hx-swap-oob="innerHTML">It can be frozen as 1.1.0<' in text
    assert "From 1.0.0 to 1.1.0: 3 changes" in text
    assert "Reaches more, or asks fewer people: asks for 1.1.0 or above." in text


def test_a_number_that_says_less_than_it_changes_is_told_at_its_line(
    author: Actor, author_client: Client
) -> None:
    freeze(author)
    _, text = sent(
        author_client, source(version="1.0.1", risk="high"), "check", slug="close-access"
    )
    assert "Version 1.0.1 says less than it changes against 1.0.0. The risk is high; it" in text
    assert "Write 1.1.0 or above: it reaches more, or asks fewer people." in text
    assert "<code>version_understated</code>" in text
    assert 'data-line="7"' in text


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_who_may_not_write_sees_the_source_and_why(
    author: Actor, acme: Tenant, client: Client, role: str
) -> None:
    freeze(author)
    client.force_login(make_member(acme, role))
    text = opened(client)
    assert "<textarea" not in text
    assert "name: close-access" in text
    assert "This needs the role author here." in text
    status, refused = sent(client, source(version="1.1.0"), mode="freeze")
    assert status == 403
    assert "This needs the role author here." in refused
    assert "version: 1.1.0" in refused  # what was written stays there to be copied
    assert frozen_versions(acme) == {"1.0.0"}
    assert "This needs the role author here." in opened(client, "new")
    detail = page(client)
    assert 'aria-describedby="edit-why"' in detail
    listed = client.get(reverse("catalog:list")).content.decode()
    assert 'aria-describedby="new-why"' in listed


def test_an_author_finds_the_ways_to_write(author: Actor, author_client: Client) -> None:
    freeze(author)
    freeze(author, version="1.1.0")
    assert f'href="{address()}"' in page(author_client)
    assert f'href="{address()}?version=1.0.0"' in page(author_client, version="1.0.0")
    assert f'href="{address("new")}"' in author_client.get(reverse("catalog:list")).content.decode()


def test_a_workflow_of_another_tenant_can_only_be_read(
    author: Actor, globex: Tenant, client: Client
) -> None:
    freeze(author)
    client.force_login(make_member(globex, "author"))
    opened(client, status=404)
    with tenant_scope(author.tenant_id):  # type: ignore[arg-type]
        WorkflowDefinition.objects.update(scope="global")
    text = opened(client)
    assert "<textarea" not in text
    assert "It belongs to acme" in text


def test_editing_has_a_budget(author: Actor, author_client: Client) -> None:
    for number in range(3):
        freeze(author, version=f"1.{number}.0")
    changed = source(version="1.9.0", risk="high")
    opened(author_client)
    with statements_at_most(MOST_STATEMENTS):
        opened(author_client)
    with statements_at_most(MOST_STATEMENTS - 2):
        sent(author_client, changed, "check", slug="close-access")
    seen = seen_in(sent(author_client, changed)[1])
    with statements_at_most(MOST_TO_FREEZE):
        assert sent(author_client, changed, mode="freeze", seen=seen)[0] == 302


def test_what_can_stand_at_a_cursor_is_listed_for_the_page(author_client: Client) -> None:
    text = 'metadata:\n  title: "\N{WAVING HAND SIGN}"\n  ri\n'
    cursor = len(text[: text.index("ri") + 2].encode("utf-16-le")) // 2
    status, found = sent(author_client, text.replace("\n", "\r\n"), "complete", cursor=str(cursor))
    assert status == 200
    assert 'role="listbox"' in found
    assert 'data-typed="2"\n          data-text="risk: "' in found
    for nonsense in ("", "-1", "9999999999", "x"):
        assert sent(author_client, text, "complete", cursor=nonsense)[0] == 200


def test_without_javascript_the_tasks_are_listed_with_their_inputs(author_client: Client) -> None:
    text = opened(author_client, "new")
    listed = text[text.index("What a step can do") :]
    assert "<code>http.request@1</code>" in listed
    assert "An absolute http or https URL" in listed
