"""Every error is a problem document, and says nothing of what is inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from governance.models import Decision
from governance.policy.answer import PolicyAnswer
from governance.policy.engine import use_engine
from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.kernel.problems import problem_document, refusal_of
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Membership, Tenant
from tests.api.calling import PROBLEM, Answer, Caller, codes_of, is_problem
from tests.factories import make_member
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["nothing/", "", "workflows/a/b/c/d", "executions/1/", "schema/x"])
def test_an_address_that_is_none_is_a_problem(author_calls: Caller, method: str, path: str) -> None:
    answer = author_calls.call(method, path, headers={"X-Purpose": None, "Authorization": None})
    is_problem(answer, 404, "not_found")


def test_a_method_that_is_none_is_a_problem_and_says_which_there_are(author_calls: Caller) -> None:
    refused = author_calls.call("PUT", "workflows/", {})
    is_problem(refused, 405, "method_not_allowed")
    assert {name.strip() for name in refused["Allow"].split(",")} >= {"GET", "POST"}


def test_an_answer_in_another_form_is_a_problem(author_calls: Caller) -> None:
    refused = author_calls.get("workflows/", headers={"Accept": "text/csv"})
    is_problem(refused, 406, "not_acceptable")


def test_a_body_of_another_type_is_a_problem(author_calls: Caller) -> None:
    refused = author_calls.post(
        "executions/", b"a=b", media_type="application/x-www-form-urlencoded"
    )
    is_problem(refused, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{} {}",
        b"\xff",
        b'{"workflow": NaN}',
        b'{"workflow": "a", "workflow": "b"}',
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b"1" * 5000,
    ],
)
def test_what_is_no_json_is_a_problem(author_calls: Caller, raw: bytes) -> None:
    is_problem(author_calls.post("executions/", raw), 400, "malformed_json")


@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        (b'{"parameters": {"a": "\\u0000"}}', "/parameters/a", "nul_character"),
        (b'{"parameters": {"a\\u0000": 1}}', "/parameters", "nul_character"),
        (b'{"parameters": {"a/b": ["\\ud800"]}}', "/parameters/a~1b/0", "half_character"),
        (b'{"parameters": {"a": 1e999}}', "/parameters/a", "number_too_large"),
        (b'{"parameters": {"a": -1e999}}', "/parameters/a", "number_too_large"),
        (b'{"parameters": {"a": 9007199254740992}}', "/parameters/a", "number_too_large"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "", "too_deep"),
    ],
)
def test_json_that_programs_read_differently_is_refused_where_it_stands(
    author_calls: Caller, raw: bytes, path: str, code: str
) -> None:
    refused = author_calls.post("executions/", raw)
    is_problem(refused, 400, "invalid_input")
    assert codes_of(refused) == {(path, code)}


def test_a_body_that_is_no_object_is_a_problem(author_calls: Caller) -> None:
    for raw in (b"[]", b'"x"', b"1", b"null"):
        is_problem(author_calls.post("executions/", raw), 400, "invalid_input")
        assert author_calls.post("workflows/", raw).status_code == 400


def test_a_json_body_is_read_to_a_limit(author_calls: Caller) -> None:
    is_problem(author_calls.post("executions/", b" " * (2**21 + 1)), 413, "body_too_large")


def test_a_denial_says_its_reasons_and_is_recorded_though_all_else_is_undone(
    viewer_calls: Caller, acme: Tenant
) -> None:
    denied = viewer_calls.post("workflows/", document(STEP), media_type="application/yaml")
    answer = is_problem(denied, 403, "denied")
    assert answer["reasons"][0]["code"] == "role_missing"
    assert answer["reasons"][0]["message"]
    with tenant_scope(acme.pk):
        recorded = Decision.objects.get(pk=answer["decision"])
    assert (recorded.allow, recorded.action) == (False, "workflow.create")


class Broken:
    """An engine with a mistake in it, which knows something that is nobody's business."""

    def decide(self, facts: object, /) -> PolicyAnswer:
        raise RuntimeError("the password is hunter2")

    def healthy(self) -> tuple[bool, str]:
        return False, "broken"


@pytest.fixture
def broken() -> Iterator[None]:
    before = use_engine(Broken())
    yield
    use_engine(before)


def test_a_mistake_of_ours_is_a_problem_that_says_nothing_of_it(
    author_calls: Caller, caplog: pytest.LogCaptureFixture, broken: None
) -> None:
    author_calls.client.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        answer = author_calls.get("workflows/", headers={"X-Request-Id": "request-0001"})
    document = is_problem(answer, 500, "internal_error")
    assert document["request_id"] == "request-0001"
    assert b"hunter2" not in answer.content
    assert b"RuntimeError" not in answer.content
    assert "hunter2" in caplog.text


def test_a_mistake_of_ours_is_seen_by_whoever_listens_for_mistakes(
    author_calls: Caller, broken: None
) -> None:
    with pytest.raises(RuntimeError, match="hunter2"):
        author_calls.get("workflows/")


def test_answers_are_kept_by_nobody(author_calls: Caller) -> None:
    for answer in (author_calls.get("workflows/"), author_calls.get("workflows/none/")):
        assert "no-store" in answer["Cache-Control"]
    assert author_calls.get("nothing/")["Content-Type"] == PROBLEM


def test_a_host_that_is_not_ours_is_a_problem(author_calls: Caller) -> None:
    answer = author_calls.get("workflows/", headers={"Host": "evil.example"})
    is_problem(answer, 400, "invalid_input")
    assert b"evil" not in answer.content


def test_a_form_that_can_not_be_read_is_a_problem(author_calls: Caller) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author_calls.user, "django.contrib.auth.backends.ModelBackend")
    client.cookies["csrftoken"] = "a" * 32
    headers = {"X-Purpose": "practice"}

    def posted(raw: bytes, media_type: str) -> Answer:
        return client.generic("POST", "/api/workflows/", raw, media_type, headers=headers)

    is_problem(posted(b"xx", "multipart/form-data"), 400, "invalid_input")
    form = "application/x-www-form-urlencoded"
    is_problem(posted(b"a=" + b"x" * 3_000_000, form), 413, "body_too_large")


def test_who_writes_what_somebody_has_just_written_is_told_so(acme: Tenant) -> None:
    user = make_member(acme, "viewer")
    with tenant_scope(acme.pk):
        again = Membership(tenant_id=acme.pk, user=user, roles=["viewer"])
        with pytest.raises(IntegrityError) as taken, transaction.atomic():
            again.save(force_insert=True)
    assert isinstance(refusal_of(taken.value), Conflict)


def test_what_the_database_refuses_for_another_reason_stays_an_error(acme: Tenant) -> None:
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        Tenant.objects.filter(pk=acme.pk).update(name=None)
    assert refusal_of(broken.value) is None


def test_of_a_body_that_is_wrong_everywhere_no_more_is_said_than_can_be_read(
    author_calls: Caller,
) -> None:
    wrong = {
        "unknown keys": {f"nam{number}": 1 for number in range(50_000)},
        "wrong items": {"name": "a", "scopes": [{}] * 200_000},
        "nul characters": {"name": ["\x00"] * 100_000},
    }
    for what, body in wrong.items():
        answer = author_calls.post("tokens/", body)
        assert answer.status_code == 400, what
        assert len(answer.json()["problems"]) == 200, what
        assert len(answer.content) < 200_000, what


def test_of_what_a_service_refuses_no_more_is_said_either() -> None:
    problems = [Problem("/a", "It is wrong.", "wrong")] * 1000
    assert len(problem_document(InvalidInput(problems=problems))["problems"]) == 200
