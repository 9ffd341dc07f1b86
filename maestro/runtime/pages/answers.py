"""The answers of a run form: those that were sent, and those that a run or a preset had. Pure."""

from __future__ import annotations

import re
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any

from catalog.document import resolve_parameters
from catalog.document_model import Document
from catalog.parameters import ParametersInvalid
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Problem
from maestro.runtime.pages.editing import EDITS, edit
from maestro.runtime.pages.fields import split
from maestro.runtime.pages.reading import read

Posted = Mapping[str, Sequence[str]]

SECRET, ENDPOINT, PRESET = "secret.", "endpoint.", "preset_name"
_NONCE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a run form was sent with. `values` may hold `Raw` while there are `problems`.

    `nonce` is the form's own, made when it was first shown: the same answers from the same form
    are one request, however often they are sent.
    """

    values: Mapping[str, Any] | None
    problems: tuple[Problem, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    reason: str = ""
    nonce: str = field(default_factory=lambda: random.token_hex(16))

    def idempotency_key(self) -> str:
        """The same for the same form with the same answers. Only for answers without problems."""
        answered = {
            "parameters": dict(self.values or {}),
            "secrets": dict(self.secrets),
            "endpoints": dict(self.endpoints),
            "purpose": self.purpose,
            "reason": self.reason,
        }
        return f"form:{self.nonce}:{digest(answered).removeprefix('sha256:')}"


def read_answers(document: Document, posted: Posted, *, zone: tzinfo = UTC) -> Answers:
    """What was sent with one of the buttons; those in `EDITS` change the rows of a list."""
    problems: tuple[Problem, ...] = ()
    if any(button in posted for button in EDITS):
        values = edit(document.parameters, posted, zone=zone)
    else:
        values, problems = read(document.parameters, posted, zone=zone)
    answers = Answers(
        values=values,
        problems=tuple(replace(problem, path=f"/parameters{problem.path}") for problem in problems),
        secrets={
            name: stored
            for name in document.secrets
            if (stored := _first(posted, f"{SECRET}{name}"))
        },
        endpoints={
            name: address
            for name, endpoint in document.endpoints.items()
            if (address := _first(posted, f"{ENDPOINT}{name}")) and address != endpoint.default
        },
        purpose=_first(posted, "purpose"),
        reason=_first(posted, "reason").replace("\r\n", "\n") if document.risk == "high" else "",
    )
    nonce = _first(posted, "key")
    return replace(answers, nonce=nonce) if _NONCE.fullmatch(nonce) else answers


def same_answers(
    document: Document,
    *,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
    purpose: str,
    reason: str = "",
) -> Answers:
    """The answers that a former execution or a preset had, as far as `document` still asks for them.

    A parameter that it does not know any more is kept: the form shows it, and says what is wrong
    with it when it is sent.
    """
    return Answers(
        values=dict(parameters),
        secrets={name: stored for name, stored in secrets.items() if name in document.secrets},
        endpoints={
            name: address
            for name, address in endpoints.items()
            if name in document.endpoints and address != document.endpoints[name].default
        },
        purpose=purpose,
        reason=reason if document.risk == "high" else "",
    )


@dataclass(frozen=True, slots=True)
class Fitted:
    """Saved parameters as far as `document` asks for them. `dropped` are names that it does not ask
    for any more, `unfit` those whose value it refuses now."""

    parameters: Mapping[str, Any]
    dropped: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


def fitted(document: Document, parameters: Mapping[str, Any]) -> Fitted:
    """What was saved for another version, held against what this one asks for."""
    schema = document.parameters
    # A schema that is composed may know names that do not stand in `properties`.
    closed = schema.get("additionalProperties") is False
    known = schema.get("properties", {})
    kept = {name: one for name, one in parameters.items() if name in known or not closed}
    dropped = tuple(name for name in parameters if name not in kept)
    try:
        resolve_parameters(document, kept)
    except ParametersInvalid as invalid:
        refused = {split(one.path)[0] for one in invalid.problems if one.path}
        return Fitted(kept, dropped, tuple(name for name in kept if name in refused))
    return Fitted(kept, dropped)


def _first(posted: Posted, name: str) -> str:
    return next(iter(posted.get(name, ())), "").replace("\x00", "").strip()
