"""`/api/submissions/`, `/api/templates/`, `/api/releases/`: publishing by API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from maestro.tenancy.models import Tenant, User
from marketplace.services.install_system_workflows import install_system_workflows
from tests.api.calling import Caller, caller_in, codes_of, is_problem
from tests.factories import actor_of, make_member, make_user
from tests.marketplace.worlds import frozen, published, reviewed, submitted

BACKEND = "django.contrib.auth.backends.ModelBackend"

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def author_calls(acme: Tenant) -> Caller:
    """An author of acme, with a version to publish."""
    install_system_workflows()
    frozen(actor_of(acme, "author"))
    return caller_in(acme, "author")


def ask(calls: Caller, **fields: object) -> dict[str, object]:
    body = {"workflow": "tried", "visibility": "public-ecosystem", **fields}
    answer = calls.post("submissions/", body)
    assert answer.status_code == 201, answer.json()
    assert answer["Location"] == f"/api/submissions/{answer.json()['id']}/"
    found: dict[str, object] = answer.json()
    return found


def test_a_version_is_put_forward_and_followed(author_calls: Caller) -> None:
    made = ask(author_calls, note="Please.")
    assert (made["status"], made["workflow"]) == ("in_review", "acme/tried")
    assert made["missing_reviews"] == ["docs", "performance", "security"]
    assert author_calls.get(f"submissions/{made['id']}/").json() == made
    listed = author_calls.get("submissions/").json()["results"]
    assert [one["id"] for one in listed] == [made["id"]]


def test_what_is_wrong_with_a_request_is_listed(author_calls: Caller) -> None:
    body = {"workflow": "tried", "visibility": "everybody", "audience": ["globex"]}
    answer = author_calls.post("submissions/", body)
    assert is_problem(answer, 400, "invalid_input")
    assert codes_of(answer) == {
        ("/visibility", "unknown_choice"),
        ("/audience", "audience_without_partners"),
    }
    assert is_problem(
        author_calls.post("submissions/", {"workflows": "tried"}), 400, "invalid_input"
    )


def test_it_is_retracted_once(author_calls: Caller) -> None:
    made = ask(author_calls)
    answer = author_calls.post(f"submissions/{made['id']}/retract/", {"reason": "A typing error."})
    assert (answer.status_code, answer.json()["status"]) == (200, "retracted")
    assert is_problem(
        author_calls.post(f"submissions/{made['id']}/retract/", {}), 409, "illegal_transition"
    )


def test_an_author_neither_reviews_nor_approves(author_calls: Caller) -> None:
    made = ask(author_calls)
    review = {"kind": "security", "decision": "approve", "rationale": "Fine."}
    assert is_problem(
        author_calls.post(f"submissions/{made['id']}/reviews/", review), 403, "denied"
    )
    answer = author_calls.post(f"submissions/{made['id']}/approve/", {"rationale": "Fine."})
    assert is_problem(answer, 403, "denied")


def post(user: User, path: str, body: dict[str, object]) -> Any:
    """As a person who is signed in: a token never acts for the platform."""
    client = Client()
    client.force_login(user, BACKEND)
    return client.post(
        f"/api/{path}",
        body,
        content_type="application/json",
        headers={"X-Purpose": "platform.operations"},
    )


def test_a_reviewer_and_an_approver_decide(acme: Tenant) -> None:
    submission = submitted(acme, visibility="internal-only")
    reviewer = make_member(acme, "viewer", user=make_user(platform_roles=["security_reviewer"]))
    body: dict[str, object] = {"kind": "security", "decision": "approve", "rationale": "Fine."}
    made = post(reviewer, f"submissions/{submission.pk}/reviews/", body)
    assert (made.status_code, made.json()["decision"]) == (201, "approve")
    approver = make_member(acme, "viewer", user=make_user(platform_roles=["approver"]))
    answer = post(approver, f"submissions/{submission.pk}/approve/", {"rationale": "Ready."})
    assert (answer.status_code, answer.json()["status"]) == (200, "approved")


def test_the_approver_refuses(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    approver = make_member(acme, "viewer", user=make_user(platform_roles=["approver"]))
    refusal: dict[str, object] = {"approve": False, "rationale": "Not now."}
    answer = post(approver, f"submissions/{submission.pk}/approve/", refusal)
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")


def test_the_token_of_an_approver_approves_nothing(acme: Tenant) -> None:
    submission = reviewed(acme, submitted(acme))
    user = make_member(acme, "viewer", user=make_user(platform_roles=["approver"]))
    answer = Caller(acme, user).post(
        f"submissions/{submission.pk}/approve/", {"rationale": "Ready."}
    )
    assert is_problem(answer, 403, "denied")


def test_another_tenants_submission_is_not_there(acme: Tenant, globex: Tenant) -> None:
    submission = submitted(acme)
    stranger = caller_in(globex, "admin")
    assert is_problem(stranger.get(f"submissions/{submission.pk}/"), 404, "not_found")
    assert is_problem(stranger.post(f"submissions/{submission.pk}/retract/", {}), 404, "not_found")
    assert stranger.get("submissions/").json()["results"] == []


def test_a_release_is_deprecated_then_withdrawn(acme: Tenant) -> None:
    published(acme)
    admin = caller_in(acme, "admin")
    path = "releases/acme/tried/1.0.0"
    answer = admin.post(f"{path}/deprecate/", {"reason": "Slow."})
    assert (answer.status_code, answer.json()["status"]) == (200, "deprecated")
    answer = admin.post(f"{path}/withdraw/", {"reason": "It leaks.", "mode": "stop"})
    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
    assert is_problem(
        admin.post(f"{path}/withdraw/", {"reason": "It leaks.", "mode": "stop"}),
        409,
        "illegal_transition",
    )
    gone = admin.post("releases/acme/tried/9.0.0/deprecate/", {"reason": "Slow."})
    assert is_problem(gone, 404, "not_found")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"reason": "", "mode": "stop"}, {"/reason"}),
        ({"reason": "x" * 501, "mode": "stop"}, {"/reason"}),
        ({"reason": "It leaks."}, {"/mode"}),
        ({"reason": "It leaks.", "mode": "wait"}, {"/mode"}),
        ({"reason": "It leaks.", "mode": "stop", "replacement": "globex/hidden"}, {"/replacement"}),
        ({"reason": "It leaks.", "mode": "stop", "replacement": "x" * 193}, {"/replacement"}),
        ({"reason": 7, "mode": [], "replacement": None}, {"/mode", "/replacement"}),
        ({"reason": "It leaks.", "mode": "stop", "when": "2020-01-01"}, {"/when"}),
    ],
)
def test_what_is_wrong_with_a_withdrawal_is_listed(
    acme: Tenant, globex: Tenant, given: dict[str, object], wrong: set[str]
) -> None:
    published(acme)
    published(globex, slug="hidden", visibility="internal-only")
    admin = caller_in(acme, "admin")
    answer = admin.post("releases/acme/tried/1.0.0/withdraw/", given)
    assert is_problem(answer, 400, "invalid_input")
    assert {path for path, _ in codes_of(answer)} == wrong


def test_of_two_who_change_who_finds_a_template_the_later_one_is_told(
    acme: Tenant, globex: Tenant
) -> None:
    published(acme)
    author, path = caller_in(acme, "author"), "templates/tried/"
    looked = author.call("PATCH", path, {}).json()
    assert (looked["visibility"], looked["audience"]) == ("public-ecosystem", [])
    given = {"visibility": "partner-curated", "expected_revision": looked["revision"]}
    first = author.call("PATCH", path, given | {"audience": ["globex"]})
    assert (first.status_code, first.json()["audience"]) == (200, ["globex"])
    late = author.call("PATCH", path, given | {"visibility": "internal-only"})
    assert is_problem(late, 409, "template_changed")
    nobody = author.call("PATCH", path, {"audience": []})
    assert is_problem(nobody, 400, "invalid_input")
    assert codes_of(nobody) == {("/audience", "partners_missing")}


def test_a_template_is_found_by_fewer(acme: Tenant) -> None:
    published(acme)
    author = caller_in(acme, "author")
    answer = author.call("PATCH", "templates/tried/", {"visibility": "internal-only"})
    assert (answer.status_code, answer.json()["visibility"]) == (200, "internal-only")
    assert is_problem(
        author.call("PATCH", "templates/gone/", {"visibility": "internal-only"}), 404, "not_found"
    )
