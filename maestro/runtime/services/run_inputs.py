from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from catalog.document import Document, resolve_parameters
from catalog.parameters import ParametersInvalid
from governance.models import Secret
from maestro.kernel.errors import InvalidInput, Problem

SHORTEST_REASON, LONGEST_REASON = 3, 500  # characters


class InputsInvalid(InvalidInput):
    """What a run was given does not fit its workflow; `problems` has every one.

    Their paths begin with `/parameters`, `/secrets` or `/endpoints`, or are `/reason`.
    """

    code = "inputs_invalid"
    title = "Some of what the run was given is missing or not valid"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run gets: parameters with their defaults, the stored secret and address of each name."""

    parameters: dict[str, Any]
    secrets: dict[str, str]
    endpoints: dict[str, str]


def resolve_inputs(
    *,
    tenant_id: UUID,
    document: Document,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
    unstored: bool = False,
    reason: str | None = None,
) -> Inputs:
    """Hold what is given against what `document` asks for.

    A secret of the same name as the document's is bound by itself. `unstored` secrets may be bound
    too, for a simulation. `reason` is what a start says why, which a high risk must; None asks for
    none. Raises `InputsInvalid` with every problem of all three at once.
    """
    problems: list[Problem] = []
    resolved: dict[str, Any] = {}
    try:
        resolved = resolve_parameters(document, dict(parameters))
    except ParametersInvalid as invalid:
        problems += (replace(one, path=f"/parameters{one.path}") for one in invalid.problems)
    bound = {name: secrets.get(name) or name for name in document.secrets}
    stored = set(bound.values()) if unstored else _stored(tenant_id, bound)
    problems += _wrong_secrets(bound, stored, secrets)
    reached = {
        name: endpoints.get(name) or endpoint.default
        for name, endpoint in document.endpoints.items()
    }
    problems += _wrong_endpoints(reached, endpoints)
    problems += _wrong_reason(document, reason)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputsInvalid(problems[0].message + more, problems=problems)
    return Inputs(resolved, bound, reached)


def _wrong_reason(document: Document, reason: str | None) -> Iterator[Problem]:
    if reason is None:
        return
    if document.risk == "high" and len(reason.strip()) < SHORTEST_REASON:
        message = "Say why: this workflow is of high risk, and people decide by it."
        hint = f"{SHORTEST_REASON} to {LONGEST_REASON} characters, such as a ticket and its cause."
        yield Problem("/reason", message, "reason_required", hint)
    if len(reason.strip()) > LONGEST_REASON:
        message = f"A reason has at most {LONGEST_REASON} characters."
        yield Problem("/reason", message, "reason_too_long")


def _stored(tenant_id: UUID, bound: Mapping[str, str]) -> set[str]:
    if not bound:
        return set()
    rows = Secret.objects.for_tenant(tenant_id).filter(name__in=bound.values())
    return set(rows.values_list("name", flat=True))


def _wrong_secrets(
    bound: Mapping[str, str], stored: set[str], given: Mapping[str, str]
) -> Iterator[Problem]:
    hint = "A tenant admin stores secrets; then choose one by name."
    for name, secret in bound.items():
        if secret not in stored and name in given:
            message = f"There is no stored secret called {secret}."
            yield Problem(f"/secrets/{name}", message, "unknown_secret", hint)
        elif secret not in stored:
            message = f"Pick a stored secret for {name}."
            yield Problem(f"/secrets/{name}", message, "secret_missing", hint)
    for name in given:
        if name not in bound:
            message = f"This workflow has no secret called {name}."
            yield Problem(f"/secrets/{name}", message, "not_a_secret")


def _wrong_endpoints(reached: Mapping[str, str], given: Mapping[str, str]) -> Iterator[Problem]:
    for name, address in reached.items():
        if not address:
            message = f"Give the address of {name}."
            yield Problem(f"/endpoints/{name}", message, "endpoint_missing")
    for name in given:
        if name not in reached:
            message = f"This workflow has no endpoint {name}."
            yield Problem(f"/endpoints/{name}", message, "not_an_endpoint")
