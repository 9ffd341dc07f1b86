"""Calling the API as somebody: Django's client with a real token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from django.test import Client

from governance.services.set_secret import set_secret
from maestro.kernel.actor import system_actor
from maestro.tenancy.models import ApiToken, Tenant, User
from maestro.tenancy.services.create_token import create_token
from tests.factories import actor_of, make_member

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answered

Answer: TypeAlias = "Answered"
PROBLEM = "application/problem+json"
EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "workflows").glob("*.yaml"))
NO_SUCH_ID = "0190a000-0000-7000-8000-000000000000"


def token_for(tenant: Tenant, user: User, **fields: Any) -> tuple[ApiToken, str]:
    """A token, made as the command line makes it."""
    fields = {"name": "for a test", **fields}
    return create_token(actor=system_actor("tests"), tenant=tenant, user=user, **fields)


class Caller:
    """Somebody who calls the API with a token of theirs, for a purpose."""

    def __init__(
        self, tenant: Tenant, user: User, *, purpose: str = "practice", **token: Any
    ) -> None:
        self.tenant, self.user = tenant, user
        self.token, self.text = token_for(tenant, user, **token)
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {self.text}", "X-Purpose": purpose}

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        media_type: str = "application/json",
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """Any request under `/api/`; a body that is no bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else b"" if body is None else _json(body)
        merged = {**self.headers, **(headers or {})}
        return self.client.generic(
            method,
            f"/api/{path}",
            raw,
            content_type=media_type,
            headers={name: value for name, value in merged.items() if value is not None},
        )

    def get(self, path: str, **more: Any) -> Answer:
        """Read."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        """Make, or do."""
        return self.call("POST", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        """Change."""
        return self.call("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """End."""
        return self.call("DELETE", path, **more)

    def freeze(self, source: bytes, slug: str = "tried") -> Answer:
        """Upload a document, as YAML."""
        response = self.post(f"workflows/{slug}/versions/", source, media_type="application/yaml")
        assert response.status_code in (200, 201), response.content
        return response

    def start(self, workflow: str = "tried", **body: Any) -> Answer:
        """Start a workflow."""
        return self.post("executions/", {"workflow": workflow, **body})


def caller_in(tenant: Tenant, *roles: str, **more: Any) -> Caller:
    """Somebody with these roles, and a token."""
    teams = more.pop("teams", ())
    return Caller(tenant, make_member(tenant, *roles, teams=teams), **more)


def store_secret(tenant: Tenant, name: str) -> None:
    """A stored secret that a workflow may be bound to."""
    actor = actor_of(tenant, "admin")
    set_secret(actor=actor, tenant_id=tenant.pk, name=name, value="not-for-the-tests-to-say")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def codes_of(response: Answer) -> set[tuple[str, str]]:
    """(path, code) of each problem that is listed."""
    return {(one["path"], one["code"]) for one in response.json()["problems"]}


def is_problem(response: Answer, status: int, code: str) -> dict[str, Any]:
    """Asserts that the answer is a problem document, and gives it."""
    assert response.status_code == status, response.content[:2000]
    assert response["Content-Type"] == PROBLEM
    document: dict[str, Any] = response.json()
    assert document["code"] == code, document
    assert document["status"] == status
    assert document["title"]
    assert document["type"] == f"urn:maestro:problem:{code}"
    return document
