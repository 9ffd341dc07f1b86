"""A start as text to copy: the API call and the `mc` command. Pure.

No secret's value is in either: secrets are named, and a parameter that its schema marks `x-secret`
or as a password is written as `…`. Everything is quoted for a POSIX shell.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

WITHHELD: Final = "…"


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
    schema: Any,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
    purpose: str,
) -> Copied:
    """The same start, as a call of `base` (an address without its last slash) and as a command."""
    shown = _without_secrets(schema, parameters)
    said = purpose or "PURPOSE"
    body: dict[str, Any] = {"workflow": workflow, "version": version, "parameters": shown}
    body |= {"secrets": dict(secrets)} if secrets else {}
    body |= {"endpoints": dict(endpoints)} if endpoints else {}
    curl = [
        f"curl {shlex.quote(f'{base}/api/executions/')}",
        '-H "Authorization: Bearer $MAESTRO_TOKEN"',
        f"-H {shlex.quote(f'X-Purpose: {said}')}",
        "-H 'Content-Type: application/json'",
        f"--data {shlex.quote(json.dumps(body, ensure_ascii=False))}",
    ]
    mc = [
        f"mc execute {shlex.quote(workflow)}",
        f"--version {shlex.quote(version)}",
        f"--purpose {shlex.quote(said)}",
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


def _without_secrets(schema: Any, value: Any) -> Any:
    if not isinstance(schema, Mapping):
        return value
    if schema.get("x-secret") or schema.get("format") == "password":
        return WITHHELD
    properties = schema.get("properties")
    if isinstance(value, Mapping) and isinstance(properties, Mapping):
        return {
            name: _without_secrets(properties.get(name), inner) for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(schema.get("items"), inner) for inner in value]
    return value
