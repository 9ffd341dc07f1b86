"""The OpenAPI document says what the API does, and nothing is left to guess."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from tests.api.calling import PROBLEM

METHODS = {"get", "post", "patch", "delete", "put"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The document, made as CI makes it: valid, and without a warning."""
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    made: dict[str, Any] = yaml.safe_load(out.getvalue())
    return made


def operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_every_operation_is_described(schema: dict[str, Any]) -> None:
    found = operations(schema)
    assert len(found) >= 20
    names = [operation["operationId"] for _, _, operation in found]
    assert len(names) == len(set(names))
    assert all(operation["description"] for _, _, operation in found)
    assert {"/api/executions/", "/api/workflows/{slug}/", "/api/simulate/"} <= set(schema["paths"])


def test_every_operation_says_that_errors_are_problem_documents(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        responses = operation["responses"]
        assert {"400", "401", "403", "404"} <= set(responses), (path, method)
        for code, response in responses.items():
            if code.startswith(("4", "5")):
                assert response["content"] == {
                    PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}
                }
                assert response["description"]
    assert "problems" in schema["components"]["schemas"]["Problem"]["properties"]


AUDITED = {
    "access_list", "access_export", "audit_list", "audit_export", "executions_evidence_retrieve",
    "installations_upgrade_preview",
}  # fmt: skip


def test_every_write_asks_for_its_purpose_and_no_read_but_audited_ones(
    schema: dict[str, Any],
) -> None:
    for path, method, operation in operations(schema):
        headers = {one["name"]: one for one in operation["parameters"] if one["in"] == "header"}
        asks = method != "get" or operation["operationId"] in AUDITED
        assert ("X-Purpose" in headers) == asks, (path, method)
        if asks:
            assert headers["X-Purpose"]["required"]
            examples = headers["X-Purpose"]["examples"].values()
            assert "practice" in {example["value"] for example in examples}


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("practice", True), ("legal.hold", True), ("gdpr_17", True), ("Legal hold", False), ("", False),
     ("x" * 65, False)],
)  # fmt: skip
def test_the_document_lets_a_client_send_any_purpose_that_a_tenant_may_register(
    schema: dict[str, Any], name: str, is_one: bool
) -> None:
    for _, _, operation in operations(schema):
        for header in operation["parameters"]:
            if header["name"] == "X-Purpose":
                assert Draft202012Validator(header["schema"]).is_valid(name) == is_one
                for example in header["examples"].values():
                    Draft202012Validator(header["schema"]).validate(example["value"])


def test_a_token_or_a_session_is_asked_for_everywhere(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        assert operation["security"] == [{"token": []}, {"session": []}], (path, method)
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_a_document_is_uploaded_as_yaml_or_json(schema: dict[str, Any]) -> None:
    body = schema["paths"]["/api/workflows/{workflow_slug}/versions/"]["post"]["requestBody"]
    assert {"application/yaml", "application/json"} <= set(body["content"])


@pytest.mark.parametrize("path", ["/api/schema/", "/api/schema"])
def test_the_document_is_served_to_everybody(path: str) -> None:
    answer = Client().get(path, headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")
