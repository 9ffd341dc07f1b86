"""`/api/tokens/`: made once, listed, revoked."""

from __future__ import annotations

import pytest

from maestro.kernel.canonical import digest_bytes
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import ApiToken, Tenant
from tests.api.calling import NO_SUCH_ID, Caller, caller_in, codes_of, is_problem

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_the_text_of_a_token_is_shown_when_it_is_made_and_never_again(
    operator_calls: Caller, acme: Tenant
) -> None:
    made = operator_calls.post(
        "tokens/",
        {"name": "CI", "scopes": ["execution.start"], "expires_at": "2099-01-01T00:00:00Z"},
    )
    assert made.status_code == 201
    text = made.json()["token"]
    assert text.startswith(made.json()["prefix"])
    assert "no-store" in made["Cache-Control"]
    listed = operator_calls.get("tokens/")
    assert text not in listed.content.decode()
    found = {one["id"]: one for one in listed.json()["results"]}
    assert found[made.json()["id"]] == {
        name: value for name, value in made.json().items() if name != "token"
    }
    with tenant_scope(acme.pk):
        row = ApiToken.objects.get(pk=made.json()["id"])
    assert row.token_digest == digest_bytes(text.encode())
    is_problem(
        operator_calls.get("workflows/", headers={"Authorization": f"Bearer {text}"}), 403, "denied"
    )


def test_a_revoked_token_ends_at_once(operator_calls: Caller) -> None:
    made = operator_calls.post("tokens/", {"name": "short"}).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert operator_calls.get("workflows/", headers=bearer).status_code == 200
    for _ in range(2):
        answer = operator_calls.delete(f"tokens/{made['id']}/")
        assert (answer.status_code, answer.content) == (204, b"")
    is_problem(operator_calls.get("workflows/", headers=bearer), 401, "not_authenticated")


def test_only_who_may_revoke_those_of_others_is_told_that_there_is_none(
    acme: Tenant, operator_calls: Caller
) -> None:
    is_problem(operator_calls.delete(f"tokens/{NO_SUCH_ID}/"), 403, "denied")
    is_problem(caller_in(acme, "admin").delete(f"tokens/{NO_SUCH_ID}/"), 404, "not_found")


def test_a_token_is_told_what_is_not_there_where_its_scopes_reach(operator_calls: Caller) -> None:
    made = operator_calls.post("tokens/", {"name": "narrow", "scopes": ["execution.cancel"]})
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    for verb, status, code in (("cancel", 404, "not_found"), ("rerun", 403, "denied")):
        path = f"executions/{NO_SUCH_ID}/{verb}/"
        is_problem(operator_calls.post(path, {}, headers=bearer), status, code)


def test_people_see_their_own_tokens_and_an_admin_all_of_the_tenant(
    acme: Tenant, operator_calls: Caller, author_calls: Caller, stranger_calls: Caller
) -> None:
    def owners(calls: Caller) -> set[str]:
        return {one["user"] for one in calls.get("tokens/").json()["results"]}

    admin = caller_in(acme, "admin")
    assert owners(operator_calls) == {str(operator_calls.user.pk)}
    assert owners(admin) == {str(one.user.pk) for one in (operator_calls, author_calls, admin)}
    assert owners(stranger_calls) == {str(stranger_calls.user.pk)}


def test_somebody_elses_token_is_not_revoked_but_by_an_admin(
    acme: Tenant, operator_calls: Caller, author_calls: Caller, stranger_calls: Caller
) -> None:
    path = f"tokens/{author_calls.token.pk}/"
    denied = is_problem(operator_calls.delete(path), 403, "denied")
    assert {reason["code"] for reason in denied["reasons"]} == {"not_own_token"}
    is_problem(stranger_calls.delete(path), 404, "not_found")
    assert caller_in(acme, "admin").delete(path).status_code == 204


def test_what_is_wrong_with_a_new_token_is_said(operator_calls: Caller) -> None:
    refused = operator_calls.post("tokens/", {"nam": "x", "expires_at": "soon", "scopes": [""]})
    is_problem(refused, 400, "invalid_input")
    assert {path for path, _ in codes_of(refused)} == {"/name", "/nam", "/expires_at", "/scopes/0"}
    odd = operator_calls.post("tokens/", {"name": "x", "scopes": ["execution.begin"]})
    assert codes_of(odd) == {("/scopes", "unknown_scope")}
    past = operator_calls.post(
        "tokens/", {"name": "x", "expires_at": "2020-01-01T00:00:00Z", "scopes": []}
    )
    assert {path for path, _ in codes_of(past)} == {"/expires_at", "/scopes"}


def test_a_token_makes_none_that_may_do_more_than_itself(acme: Tenant) -> None:
    maker = caller_in(acme, "operator", scopes=["token.*", "execution.read"])
    for scopes in (None, ["execution.start"], ["execution.*"], ["execution.read", "workflow.read"]):
        denied = is_problem(
            maker.post("tokens/", {"name": "more", "scopes": scopes}), 403, "denied"
        )
        assert {reason["code"] for reason in denied["reasons"]} == {"wider_token"}
    for scopes in (["execution.read"], ["token.read"], ["token.*"]):
        made = maker.post("tokens/", {"name": "less", "scopes": scopes})
        assert made.status_code == 201, made.content
