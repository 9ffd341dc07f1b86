"""A workflow's page: what it says before anybody runs it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from catalog.document import parse_document
from catalog.pages.approvals import approval_notes
from catalog.services.edit_metadata import edit_metadata
from catalog.services.freeze_version import freeze_version
from connectors.registry import registry
from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.factories import make_member
from tests.statements import statements_at_most

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

# The workflow, its use cases, its versions, its receipts, whether it is published; the menu’s count.
MOST_STATEMENTS = 6

DOCUMENT = """
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: close-access
  title: Close access
  version: {version}
  description: Closes what a leaver holds.
  category: HR
  risk: {risk}
  owner_team: People Ops
  tags: [leaver]
  changelog: What is new in {version}.
parameters:
  type: object
  required: [who]
  properties: {{who: {{type: string, format: email, description: Who leaves}}}}
secrets: {{directory_admin: {{description: May suspend}}}}
endpoints:
  directory: {{description: People, default: "https://directory.example:8443/v1"}}
steps:
  - id: look
    task: http.request@1
    with:
      url: "${{{{ endpoints.directory }}}}"
      auth: {{bearer: "${{{{ secrets.directory_admin }}}}"}}
  - id: ask
    task: core.approval@1
    needs: [look]
    with: {{count: {count}, teams: [People Ops, Security], expires: 24h}}
examples:
  - {{title: One, parameters: {{who: ana@acme.test}}}}
"""


def source(version: str = "1.0.0", risk: str = "medium", count: int = 1) -> bytes:
    return DOCUMENT.format(version=version, risk=risk, count=count).encode()


def freeze(author: Actor, **kwargs: object) -> None:
    freeze_version(actor=author, source=source(**kwargs), media_type="application/yaml")  # type: ignore[arg-type]


def page(client: Client, **query: str) -> str:
    return client.get(
        reverse("catalog:detail", args=["acme", "close-access"]), query
    ).content.decode()


@pytest.fixture
def operator_client(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "operator"))
    return client


def test_the_page_says_what_it_reaches_who_approves_and_what_was_recorded(
    author: Actor, operator_client: Client
) -> None:
    freeze(author)
    text = page(operator_client)
    assert "directory.example:8443" in text
    assert "<code>directory_admin</code>" in text
    assert "1 person must approve in step ask" in text
    assert "Members of People Ops or Security, within 24h." in text
    assert "Freeze of 1.0.0" in text
    assert "Who leaves" in text
    assert reverse("runtime:run", args=["acme", "close-access"]) in text


def test_policy_s_own_approval_is_announced_before_anybody_starts_it(
    author: Actor, operator_client: Client
) -> None:
    freeze(author, risk="high", count=1)
    text = page(operator_client)
    assert "It waits for people 2 times" in text
    assert "2 people must approve before the first step" in text
    assert "<code>require_approval</code>" in text


def test_a_viewer_reads_which_approvals_are_needed_and_why_they_can_t_run_it(
    acme: Tenant, author: Actor, client: Client
) -> None:
    freeze(author, risk="high", count=1)
    client.force_login(make_member(acme, "viewer"))
    text = page(client)
    assert "1 person must approve in step ask" in text
    assert "2 people must approve before the first step" in text
    assert "This needs the role operator here" in text
    assert 'aria-disabled="true"' in text


def test_an_older_version_is_shown_as_it_was_frozen(author: Actor, operator_client: Client) -> None:
    freeze(author)
    freeze(author, version="1.1.0", count=2)
    assert "2 people must approve in step ask" in page(operator_client)
    old = page(operator_client, version="1.0.0")
    assert "1 person must approve in step ask" in old
    assert f"{reverse('runtime:run', args=['acme', 'close-access'])}?version=1.0.0" in old


def test_a_version_that_is_not_there_is_not_found(author: Actor, operator_client: Client) -> None:
    freeze(author)
    url = reverse("catalog:detail", args=["acme", "close-access"])
    response = operator_client.get(url, {"version": "9.9.9"})
    assert response.status_code == 404
    assert "Its latest is 1.0.0." in response.content.decode()


def test_an_archived_workflow_can_be_read_and_not_run(
    acme: Tenant, author: Actor, operator_client: Client
) -> None:
    frozen = freeze_version(actor=author, source=source(), media_type="application/yaml")
    edit_metadata(
        actor=author,
        tenant_id=acme.pk,
        definition_id=frozen.version.definition_id,
        changes={"status": "archived"},
    )
    text = page(operator_client)
    assert "Nobody can start it" in text
    assert "Edit: status" in text
    assert reverse("runtime:run", args=["acme", "close-access"]) not in text


def test_another_tenant_s_workflow_is_not_there(
    globex: Tenant, author: Actor, client: Client
) -> None:
    freeze(author)
    client.force_login(make_member(globex, "admin"))
    url = reverse("catalog:detail", args=["acme", "close-access"])
    assert client.get(url).status_code == 404


def test_a_global_workflow_shows_other_tenants_no_receipts(
    acme: Tenant, globex: Tenant, author: Actor, client: Client
) -> None:
    frozen = freeze_version(actor=author, source=source(), media_type="application/yaml")
    edit_metadata(
        actor=author,
        tenant_id=acme.pk,
        definition_id=frozen.version.definition_id,
        changes={"scope": "global"},
    )
    client.force_login(make_member(globex, "operator"))
    text = page(client)
    assert "Close access" in text
    assert "Nothing is recorded yet" in text


def test_the_page_has_a_budget_however_many_versions_there_are(
    author: Actor, operator_client: Client
) -> None:
    for number in range(5):
        freeze(author, version=f"1.{number}.0")
    page(operator_client)  # reads the document, which never changes, once a process
    with statements_at_most(MOST_STATEMENTS):
        page(operator_client)


def test_who_must_approve_is_said_without_what_is_only_known_when_it_runs(acme: Tenant) -> None:
    text = source().decode().replace("count: 1", "count: '${{ size(params.who) }}'")
    made = parse_document(
        text.encode(), media_type="application/yaml", manifests=registry().manifests()
    )
    (note,) = approval_notes(made)
    assert note.title == "Some people must approve in step ask"


def test_the_schema_of_documents_is_there_for_editors_without_signing_in(client: Client) -> None:
    response = client.get("/schemas/maestro/v1/workflow.json")
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content)["$id"] == "/schemas/maestro/v1/workflow.json"
