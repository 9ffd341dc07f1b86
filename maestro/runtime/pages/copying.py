"""A start as text to copy: the API call and the `mc` command. Pure.

No secret's value is in either: secrets are named, and a parameter that its schema marks `x-secret`
or as a password is written as `…`. Everything is quoted for a POSIX shell.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from maestro.runtime.pages.fields import split

WITHHELD: Final = "…"
_GONE: Final = object()


@dataclass(frozen=True, slots=True)
class Copied:
    """What to paste into a shell. `purpose_missing` while none is chosen, and `PURPOSE` stands there."""

    curl: str
    mc: str
    purpose_missing: bool


def copied(
    *,
    base: str,
    workflow: str,
    version: str,
    installation: str = "",
    schema: Any,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
    purpose: str,
    reason: str = "",
) -> Copied:
    """The same start, as a call of `base` (an address without its last slash) and as a command.

    Of an `installation` by its name, which says itself which workflow and version it runs.
    """
    shown = _without_secrets(schema, parameters)
    said = purpose or "PURPOSE"
    what = {"installation": installation}
    if not installation:
        what = {"workflow": workflow, "version": version}
    body: dict[str, Any] = {**what, "parameters": shown}
    body |= {"secrets": dict(secrets)} if secrets else {}
    body |= {"endpoints": dict(endpoints)} if endpoints else {}
    body |= {"reason": reason} if reason else {}
    curl = [
        f"curl {shlex.quote(f'{base}/api/executions/')}",
        '-H "Authorization: Bearer $MAESTRO_TOKEN"',
        f"-H {shlex.quote(f'X-Purpose: {said}')}",
        "-H 'Content-Type: application/json'",
        f"--data {shlex.quote(json.dumps(body, ensure_ascii=False))}",
    ]
    mc = [
        *(
            [f"mc execute --installation {shlex.quote(installation)}"]
            if installation
            else [f"mc execute {shlex.quote(workflow)}", f"--version {shlex.quote(version)}"]
        ),
        f"--purpose {shlex.quote(said)}",
        *([f"--reason {shlex.quote(reason)}"] if reason else []),
        *[_option("param", name, _argument(value)) for name, value in shown.items()],
        *[_option("secret", name, stored) for name, stored in secrets.items()],
        *[_option("endpoint", name, address) for name, address in endpoints.items()],
    ]
    return Copied(" \\\n  ".join(curl), " \\\n  ".join(mc), not purpose)


def _option(kind: str, name: str, value: str) -> str:
    return f"--{kind} {shlex.quote(f'{name}={value}')}"


def _argument(value: Any) -> str:
    """A text as it is; JSON for anything else, and for a text that would be taken for JSON."""
    if isinstance(value, str):
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            return value
    return json.dumps(value, ensure_ascii=False)


def without_secrets(schema: Any, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without the values that `schema` marks as secret: what may be kept."""
    return dict(_swept(_withheld(schema, [schema], parameters, _GONE)))


def _swept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _swept(inner) for name, inner in value.items() if inner is not _GONE}
    if isinstance(value, list):
        return [_swept(inner) for inner in value if inner is not _GONE]
    return value


def _without_secrets(root: Any, value: Any) -> Any:
    return _withheld(root, [root], value, WITHHELD)


def _withheld(root: Any, schemas: Sequence[Any], value: Any, mark: object) -> Any:
    """`value` where any of `schemas` may hold for it; `mark` in place of what one calls secret."""
    known = _known(root, schemas)
    if any(each.get("x-secret") or each.get("format") == "password" for each in known):
        return mark
    if isinstance(value, Mapping):
        return {
            name: _withheld(root, _member(known, name), inner, mark)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        items = [each.get("items") for each in known]
        return [_withheld(root, items, inner, mark) for inner in value]
    return value


def _member(known: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    """What each schema says about the member `name`, by its name or as one of the others."""
    said = []
    for schema in known:
        properties = schema.get("properties")
        if isinstance(properties, Mapping) and name in properties:
            said.append(properties[name])
        else:
            said.append(schema.get("additionalProperties"))
    return said


def _known(root: Any, schemas: Sequence[Any]) -> list[Mapping[str, Any]]:
    """The schemas, and those that they refer to inside `root` or are put together from."""
    known: list[Mapping[str, Any]] = []
    waiting = list(schemas)
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, Mapping) or any(schema is each for each in known):
            continue
        known.append(schema)
        for word in ("oneOf", "anyOf", "allOf"):
            cases = schema.get(word)
            waiting += cases if isinstance(cases, list) else []
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            target = root
            for name in split(reference[1:]):
                target = target.get(name) if isinstance(target, Mapping) else None
            waiting.append(target)
    return known
