"""The run form: what is asked besides the parameters. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from catalog.document_model import Document, Endpoint
from maestro.kernel.errors import Problem
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.answers import ENDPOINT, PRESET, SECRET, Answers
from maestro.runtime.pages.copying import Copied, copied
from maestro.runtime.pages.fields import Field, Form, element_id, token
from maestro.runtime.pages.forms import describe, first_values, pick


@dataclass(frozen=True, slots=True)
class RunForm:
    """The form to show. `advanced` are endpoints that have an address already."""

    form: Form
    secrets: tuple[Field, ...]
    endpoints: tuple[Field, ...]
    advanced: tuple[Field, ...]
    purpose: Field
    reason: Field | None
    saving: Field
    nonce: str

    @property
    def advanced_open(self) -> bool:
        """Whether something is wrong with what is folded away."""
        return any(each.error for each in self.advanced)


def run_form(
    document: Document,
    answers: Answers,
    problems: Iterable[Problem] = (),
    *,
    stored: Sequence[tuple[str, str]],
    purposes: Sequence[tuple[str, str]],
    preset: str = "",
    zone: tzinfo = UTC,
) -> RunForm:
    """The form with the answers in it, and each of `problems` at its question.

    Paths begin with `/parameters`, `/secrets`, `/endpoints` or are `/purpose`, `/reason` or
    `/preset/name`; a problem of anything else stands in the summary alone. `stored` are the names and
    descriptions of secrets, `preset` is the name that the answers are to be saved under.
    """
    problems = tuple(_plain(problem, document) for problem in problems)
    texts: dict[str, str] = {}
    for problem in problems:
        texts.setdefault(problem.path, f"{problem.message} {problem.hint}".strip())
    inner = describe(
        document.parameters,
        answers.values,
        [_inside(each) for each in problems if _of_parameters(each)],
        zone=zone,
        example=_example(document),
    )
    secrets = tuple(
        _secret(name, secret.description, answers.secrets.get(name, ""), stored, texts)
        for name, secret in document.secrets.items()
    )
    endpoints = [
        _endpoint(endpoint, answers.endpoints.get(endpoint.name, ""), texts)
        for endpoint in document.endpoints.values()
    ]
    purpose = pick(
        "purpose",
        _("Purpose"),
        purposes,
        value=answers.purpose,
        hint=_("What this run is for. It is recorded with everything that the run does."),
        error=texts.get("/purpose", ""),
        prompt=_("Choose a purpose"),
    )
    saving = Field(
        name=PRESET,
        path="",
        id="preset-name",
        label=_("Name"),
        control="text",
        hint=_(
            "A name that you used before stands for these answers then."
            " Values of secret parameters are not saved."
        ),
        error=texts.get("/preset/name", ""),
        value=preset,
        attrs={"autocomplete": "off", "maxlength": "80"},
    )
    reason = _reason(answers.reason, texts) if document.risk == "high" else None
    asked = (*secrets, *endpoints, purpose, *([reason] if reason else []), saving)
    placed = {f"/secrets/{name}" for name in document.secrets} | {"/purpose", "/preset/name"}
    placed |= {f"/endpoints/{name}" for name in document.endpoints}
    placed |= {"/reason"} if reason else set()
    rest = [text for path, text in texts.items() if path not in placed and not _is_inner(path)]
    summary = (
        *(Wrong(text, "") for text in rest),
        *inner.summary,
        *(Wrong(f"{each.label}: {each.error}", each.id) for each in asked if each.error),
    )
    return RunForm(
        form=replace(inner, summary=summary),
        secrets=secrets,
        endpoints=tuple(each for each in endpoints if each.required),
        advanced=tuple(each for each in endpoints if not each.required),
        purpose=purpose,
        reason=reason,
        saving=saving,
        nonce=answers.nonce,
    )


def as_text(
    document: Document,
    answers: Answers,
    *,
    base: str,
    workflow: str,
    version: str,
    installation: str = "",
) -> Copied:
    """The start as an API call and as a command, with what the form holds."""
    values = answers.values
    return copied(
        base=base,
        workflow=workflow,
        version=version,
        installation=installation,
        schema=document.parameters,
        parameters=first_values(document.parameters, _example(document))
        if values is None
        else values,
        secrets=answers.secrets,
        endpoints=answers.endpoints,
        purpose=answers.purpose,
        reason=answers.reason,
    )


def _example(document: Document) -> Mapping[str, Any] | None:
    return document.examples[0].parameters if document.examples else None


def _secret(
    name: str,
    description: str,
    chosen: str,
    stored: Sequence[tuple[str, str]],
    texts: Mapping[str, str],
) -> Field:
    same = name if any(known == name for known, _ in stored) else ""
    nothing = "" if stored else _("There is no stored secret that you may pick: ask an admin.")
    hint = f"{description.rstrip('.')}. {nothing}" if description and nothing else nothing
    return pick(
        f"{SECRET}{name}",
        name,
        [(known, f"{known} – {about}" if about else known) for known, about in stored],
        value=chosen or same,
        hint=hint or description,
        error=texts.get(f"/secrets/{name}", ""),
        prompt=_("Pick a stored secret"),
    )


def _endpoint(endpoint: Endpoint, given: str, texts: Mapping[str, str]) -> Field:
    return Field(
        name=f"{ENDPOINT}{endpoint.name}",
        path="",
        id=f"e-{element_id('/' + token(endpoint.name)).removeprefix('p-')}",
        label=endpoint.name,
        control="url",
        required=not endpoint.default,
        hint=endpoint.description,
        error=texts.get(f"/endpoints/{endpoint.name}", ""),
        value=given or endpoint.default,
        attrs={"autocomplete": "off"},
    )


def _reason(given: str, texts: Mapping[str, str]) -> Field:
    return Field(
        name="reason",
        path="",
        id="reason",
        label=_("Why"),
        control="textarea",
        required=True,
        hint=_("This workflow is of high risk. Who must approve reads this first, and it is kept."),
        error=texts.get("/reason", ""),
        value=given,
        attrs={"maxlength": "500"},
    )


def _plain(problem: Problem, document: Document) -> Problem:
    """A problem beside its question, whose name and description stand there already."""
    if not _of_parameters(problem):
        return problem
    hint = "" if problem.hint in set(_descriptions(document.parameters)) else problem.hint
    message = re.sub(r"^`[^`]*` ", "This ", problem.message)
    return Problem(problem.path, message, problem.code, hint)


def _descriptions(schema: Any) -> Iterable[str]:
    if isinstance(schema, Mapping):
        if isinstance(schema.get("description"), str):
            yield schema["description"]
        for part in schema.values():
            yield from _descriptions(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _descriptions(part)


def _of_parameters(problem: Problem) -> bool:
    return _is_inner(problem.path)


def _is_inner(path: str) -> bool:
    return path == "/parameters" or path.startswith("/parameters/")


def _inside(problem: Problem) -> Problem:
    """The same with its path in the parameters alone."""
    return replace(problem, path=problem.path.removeprefix("/parameters"))
