"""The pages of publishing: what is known before, the request, the submission, the decision."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import Submission
from marketplace.services.install_system_workflows import install_system_workflows
from tests.factories import actor_of, make_member, make_user
from tests.marketplace.worlds import frozen, published, reviewed, submitted
from tests.tenancy.settings_forms import signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

FORM = {
    "version": "1.0.0",
    "visibility": "public-ecosystem",
    "note": "Please look.",
    "audience": "",
    "purpose": "workflow.authoring",
}


@pytest.fixture
def writer(acme: Tenant) -> Client:
    """An author of acme, with a workflow."""
    install_system_workflows()
    frozen(actor_of(acme, "author"))
    client, _ = signed_in_as(acme, "author")
    return client


def ask_url(publisher: str = "acme") -> str:
    return reverse("marketplace:publish", args=[publisher, "tried"])


def page_of(submission: Submission) -> str:
    return reverse("marketplace:submission", args=[submission.pk])


def approver_of(tenant: Tenant) -> Client:
    client = Client()
    user = make_member(tenant, "viewer", user=make_user(platform_roles=["approver"]))
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_workflows_page_leads_to_the_request(writer: Client) -> None:
    page = writer.get(reverse("catalog:detail", args=["acme", "tried"])).content.decode()
    assert f"{ask_url()}?version=1.0.0" in page


def test_who_can_not_write_it_is_not_led_there(writer: Client, acme: Tenant) -> None:
    client, _ = signed_in_as(acme, "operator")
    page = client.get(reverse("catalog:detail", args=["acme", "tried"])).content.decode()
    assert ask_url() not in page


def test_the_form_says_what_is_known_before(writer: Client) -> None:
    page = writer.get(ask_url()).content.decode()
    assert "It is the first release" in page
    assert "Nothing was found." in page
    assert "Docs, Performance, Security" in page


def test_an_operator_is_told_why_they_may_not(writer: Client, acme: Tenant) -> None:
    client, _ = signed_in_as(acme, "operator")
    answer = client.get(ask_url())
    assert answer.status_code == 200
    assert "alert bad" in answer.content.decode()


def test_a_version_is_put_forward_and_its_page_shows_where_it_is(
    writer: Client, acme: Tenant
) -> None:
    answer = writer.post(ask_url(), FORM, follow=True)
    with tenant_scope(acme.pk):
        submission = Submission.objects.get()
    assert answer.redirect_chain == [(page_of(submission), 302)]
    page = answer.content.decode()
    assert "In review" in page
    assert "Security review" in page
    assert "Still to come: Docs, Performance, Security." in page
    listed = writer.get(reverse("marketplace:submissions")).content.decode()
    assert page_of(submission) in listed


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"purpose": ""}, "Choose what this is for."),
        ({"visibility": ""}, "Choose one of"),
        ({"visibility": "partner-curated", "audience": "no body"}, "no tenant or group"),
        ({"visibility": "partner-curated", "audience": ""}, "Name at least one partner or group"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_put_forward(
    writer: Client, acme: Tenant, change: dict[str, str], error: str
) -> None:
    answer = writer.post(ask_url(), FORM | change)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert error in page
    assert "Nothing was put forward." in page
    with tenant_scope(acme.pk):
        assert not Submission.objects.exists()


def test_a_second_request_leads_to_the_first(writer: Client) -> None:
    writer.post(ask_url(), FORM)
    answer = writer.post(ask_url(), FORM)
    assert answer.status_code == 409
    assert "Follow its submission" in answer.content.decode()


def test_what_is_published_says_so(acme: Tenant) -> None:
    published(acme)
    client, _ = signed_in_as(acme, "author")
    assert "This version is published." in client.get(ask_url()).content.decode()


def test_somebody_elses_workflow_can_not_be_published(acme: Tenant, globex: Tenant) -> None:
    submission = submitted(acme)
    client, _ = signed_in_as(globex, "author")
    assert client.get(ask_url()).status_code == 404
    assert client.get(page_of(submission)).status_code == 404


def test_the_poll_is_answered_304_until_something_is_new(acme: Tenant) -> None:
    submission = submitted(acme)
    client, _ = signed_in_as(acme, "viewer")
    live = reverse("marketplace:submission-live", args=[submission.pk])
    first = client.get(live)
    again = client.get(live, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    reviewed(acme, submission, "security")
    assert client.get(live, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_an_approver_approves_on_the_page_and_says_why(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    client = approver_of(acme)
    assert "Approve template" in client.get(page_of(submission)).content.decode()
    act = reverse("marketplace:submission-act", args=[submission.pk])
    form = {"action": "approve", "rationale": "", "purpose": "platform.operations"}
    refused = client.post(act, form)
    assert (refused.status_code, "Say why." in refused.content.decode()) == (400, True)
    done = client.post(act, form | {"rationale": "It is ready."}, follow=True)
    assert "It is ready." in done.content.decode()
    with tenant_scope(acme.pk):
        assert Submission.objects.get().status == "approved"


def test_before_the_reviews_nobody_is_offered_to_approve(acme: Tenant) -> None:
    submission = submitted(acme)
    page = approver_of(acme).get(page_of(submission)).content.decode()
    assert "Approve template" not in page


def test_its_author_retracts_it(writer: Client, acme: Tenant) -> None:
    writer.post(ask_url(), FORM)
    with tenant_scope(acme.pk):
        submission = Submission.objects.get()
    act = reverse("marketplace:submission-act", args=[submission.pk])
    done = writer.post(act, {"action": "retract", "purpose": "workflow.authoring"}, follow=True)
    assert "Retracted" in done.content.decode()
    gone = writer.post(act, {"action": "retract", "purpose": "workflow.authoring"})
    assert gone.status_code == 409
