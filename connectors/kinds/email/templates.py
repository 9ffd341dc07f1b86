"""The templates of a document: `{{ name }}` and nothing else, so that they can do nothing else."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from connectors.contract import ErrorClass, SecretValue, TaskError

# One that does not end reaches to the end of the text: it is looked for once, not from each brace.
_PLACEHOLDER = re.compile(r"\{\{(.*?)(?:\}\}|\Z)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def wrong(message: str, hint: str = "") -> TaskError:
    """What was given can't be sent."""
    return TaskError(ErrorClass.INVALID_INPUT, message, hint=hint)


def render(template: str, variables: Mapping[str, Any], *, escape: bool, where: str) -> str:
    """`template` with each `{{ name }}` replaced; HTML-escaped with `escape`.

    What stands for a placeholder is not looked at again. Raises `TaskError` (`invalid_input`) for
    an unknown name, for anything else between the braces, and for lists, objects and secrets.
    """

    def replace(match: re.Match[str]) -> str:
        if not match.group().endswith("}}"):
            return match.group()
        name = match.group(1).strip()
        if not _NAME.fullmatch(name):
            raise wrong(
                f"{where} has {{{{ {name[:60]} }}}} in it, which is no name.",
                "A placeholder is one name; work values out in vars.",
            )
        if name not in variables:
            known = ", ".join(sorted(variables)) or "none"
            raise wrong(f"{where} asks for {name}, which vars does not have.", f"It has: {known}.")
        text = _text(variables[name], name)
        return html.escape(text) if escape else text

    return _PLACEHOLDER.sub(replace, template)


def _text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, SecretValue):
        raise wrong(f"vars.{name} is a secret.", "Secrets are never sent by mail.")
    raise wrong(f"vars.{name} is no text or number.", "Make a text of it in the expression.")
