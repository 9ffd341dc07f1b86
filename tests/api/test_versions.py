"""`/api/workflows/{slug}/versions/` and `/api/validate/`: documents as they are written."""

from __future__ import annotations

import io
import json
from typing import IO, Any, cast

import pytest
from django.core.handlers.wsgi import WSGIRequest

from maestro.api.parsers import DOCUMENT_LIMIT, BodyTooLarge, YamlDocument
from tests.api.calling import Caller, codes_of, is_problem
from tests.runtime.driving import document

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

STEP = "- {id: a, task: core.set@1, with: {values: {}}}"
YAML = "application/yaml"
PATH = "workflows/tried/versions/"


def test_a_document_is_frozen_once_and_the_same_again_changes_nothing(author_calls: Caller) -> None:
    first = author_calls.post(PATH, document(STEP), media_type=YAML)
    assert first.status_code == 201
    assert first["Location"] == "/api/workflows/tried/versions/1.0.0/"
    again = author_calls.post(PATH, document(STEP), media_type=YAML)
    assert again.status_code == 200
    assert again.json()["digest"] == first.json()["digest"]
    assert author_calls.get(PATH).json()["results"] == [
        {name: first.json()[name] for name in author_calls.get(PATH).json()["results"][0]}
    ]


def test_yaml_and_json_of_the_same_document_have_one_digest(author_calls: Caller) -> None:
    first = author_calls.post(PATH, document(STEP), media_type=YAML)
    frozen = first.json()["frozen"]
    again = author_calls.post(PATH, json.dumps(frozen).encode(), media_type="application/json")
    assert again.status_code == 200, again.content
    assert again.json()["digest"] == first.json()["digest"]


def test_other_contents_under_a_frozen_version_are_a_conflict(author_calls: Caller) -> None:
    first = author_calls.freeze(document(STEP)).json()
    other = author_calls.post(PATH, document(STEP.replace("a,", "b,")), media_type=YAML)
    conflict = is_problem(other, 409, "version_taken")
    assert conflict["digest"] == first["digest"]
    assert conflict["hint"]


def test_a_version_goes_up(author_calls: Caller) -> None:
    author_calls.freeze(document(STEP, version="1.1.0"))
    lower = author_calls.post(PATH, document(STEP, version="1.0.9"), media_type=YAML)
    is_problem(lower, 400, "invalid_input")
    assert codes_of(lower) == {("/metadata/version", "version_not_above")}


def test_every_problem_of_a_document_comes_at_once_with_its_line_and_a_hint(
    author_calls: Caller,
) -> None:
    broken = document(
        """
        - {id: a, task: http.requst@1, with: {}}
        - {id: b, task: core.set@1, needs: [c], with: {values: {}}}
        - {id: d, task: core.set@1, with: {values: {x: "${{ params.nothing }}"}}, retri: {}}
        """
    )
    refused = is_problem(author_calls.post(PATH, broken, media_type=YAML), 400, "document_invalid")
    problems = {one["path"]: one for one in refused["problems"]}
    assert len(problems) >= 4
    lines = broken.decode().splitlines()
    task = problems["/steps/0/task"]
    assert "http.requst@1" in lines[task["line"] - 1]
    assert "http.request@1" in task["hint"]
    assert all(one["line"] and one["code"] and one["message"] for one in problems.values())


def test_a_document_of_another_workflow_is_refused(author_calls: Caller) -> None:
    refused = author_calls.post("workflows/other/versions/", document(STEP), media_type=YAML)
    is_problem(refused, 400, "invalid_input")
    assert codes_of(refused) == {("/metadata/name", "wrong_name")}


class Source(io.BytesIO):
    """A body that knows how much of it was read."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self.taken = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found


@pytest.mark.parametrize("path", [PATH, "workflows/", "validate/"])
def test_a_document_of_ten_megabytes_is_refused_unread(author_calls: Caller, path: str) -> None:
    body = Source(b"a: " + b"x" * 10_000_000)
    refused = author_calls.client.generic(
        "POST",
        f"/api/{path}",
        b"",
        headers=author_calls.headers,
        **_body(body, 10_000_003),
    )
    problem = is_problem(refused, 413, "body_too_large")
    assert problem["limit"] == DOCUMENT_LIMIT
    assert body.taken == 0


def test_a_body_that_says_less_than_it_is_is_read_to_the_limit_and_no_further() -> None:
    body = Source(b"x" * 10_000_000)
    environ = {"REQUEST_METHOD": "POST", "wsgi.input": body, "CONTENT_LENGTH": "100000"}
    assert len(YamlDocument().parse(cast(IO[bytes], WSGIRequest(environ)))) == 100_000
    unsaid = Source(b"x" * 10_000_000)
    with pytest.raises(BodyTooLarge):
        YamlDocument().parse(unsaid)
    assert unsaid.taken == DOCUMENT_LIMIT + 1


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"]
)
def test_a_document_of_another_type_is_refused(author_calls: Caller, media_type: str) -> None:
    refused = author_calls.post(PATH, document(STEP), media_type=media_type)
    is_problem(refused, 415, "unsupported_media_type")


def test_an_empty_body_is_an_invalid_document(author_calls: Caller) -> None:
    is_problem(author_calls.post(PATH, b"", media_type=YAML), 400, "document_invalid")
    is_problem(author_calls.post("workflows/", b"", media_type=YAML), 400, "document_invalid")


def test_versions_are_listed_newest_first_and_shown_whole(author_calls: Caller) -> None:
    for version in ("1.0.0", "1.2.0", "1.10.0-rc.1", "1.10.0"):
        author_calls.freeze(document(STEP, version=version))
    listed = author_calls.get(PATH).json()["results"]
    assert [one["version"] for one in listed] == ["1.10.0", "1.10.0-rc.1", "1.2.0", "1.0.0"]
    assert "frozen" not in listed[0]
    shown = author_calls.get(f"{PATH}1.10.0-rc.1/").json()
    assert shown["frozen"]["metadata"]["version"] == "1.10.0-rc.1"
    assert shown["source"] == document(STEP, version="1.10.0-rc.1").decode()
    missing = is_problem(author_calls.get(f"{PATH}9.9.9/"), 404, "not_found")
    assert missing["hint"] == "Its latest is 1.10.0."


def test_what_a_version_changes_and_reaches_is_told(author_calls: Caller) -> None:
    wait = f"{STEP}\n- {{id: w, task: core.wait@1, with: {{duration: 1s}}}}"
    secret = "secrets: {token: {description: May read}}"
    author_calls.freeze(document(STEP))
    author_calls.freeze(document(wait, version="1.1.0"))
    author_calls.freeze(document(wait, version="2.0.0", rest=secret))
    told = author_calls.get(f"{PATH}2.0.0/diff/").json()
    assert (told["from"], told["to"], told["class"]) == ("1.1.0", "2.0.0", "breaking")
    assert (told["smallest"], told["understated"]) == ("2.0.0", False)
    assert told["changes"] == [
        {
            "class": "breaking",
            "code": "secret_added",
            "path": "/secrets/token",
            "message": "The secret `token` is new.",
            "before": None,
            "after": None,
        }
    ]
    reach = told["capabilities"]
    assert reach["now"]["tasks"] == ["core.set@1", "core.wait@1"]
    assert reach["new"]["tasks"] == []
    assert reach["new"]["secrets"] == ["token"]
    older = author_calls.get(f"{PATH}2.0.0/diff/?from=1.0.0").json()
    assert older["capabilities"]["new"]["tasks"] == ["core.wait@1"]
    assert {one["class"] for one in older["changes"]} == {"breaking", "capability", "compatible"}
    back = author_calls.get(f"{PATH}1.1.0/diff?from=2.0.0").json()
    assert back["capabilities"]["gone"]["secrets"] == ["token"]
    same = author_calls.get(f"{PATH}1.1.0/diff/?from=1.1.0").json()
    assert (same["class"], same["changes"], same["understated"]) == (None, [], False)
    is_problem(author_calls.get(f"{PATH}9.9.9/diff/"), 404, "not_found")
    is_problem(author_calls.get(f"{PATH}2.0.0/diff/?from=9"), 404, "not_found")


def test_a_document_is_validated_without_being_kept(author_calls: Caller) -> None:
    fine = author_calls.post("validate/", document(STEP), media_type=YAML)
    assert (fine.status_code, fine.json()["valid"]) == (200, True)
    wrong = author_calls.post("validate/", b"apiVersion: maestro/v2", media_type=YAML)
    assert (wrong.status_code, wrong.json()["valid"]) == (200, False)
    assert wrong.json()["problems"]
    is_problem(author_calls.get("workflows/tried/"), 404, "not_found")
    frozen = author_calls.freeze(document(STEP)).json()
    assert frozen["digest"] == fine.json()["digest"]


def _body(stream: io.BytesIO, length: int) -> dict[str, Any]:
    return {"wsgi.input": stream, "CONTENT_LENGTH": str(length), "CONTENT_TYPE": YAML}
