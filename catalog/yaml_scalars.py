"""What a scalar of YAML 1.2 means (core schema, https://yaml.org/spec/1.2.2/#103-core-schema).

One thing is stricter than the core schema: a number with a leading zero (`012`) stays text, since
YAML 1.1 reads 10 and YAML 1.2 reads 12, and nobody who writes it means either.
"""

from __future__ import annotations

import re
from typing import Any

from catalog.source_problems import MAX_SAFE_INTEGER, is_exact

_CONSTANTS: dict[str, Any] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MAYBE_NUMBER = frozenset("+-.0123456789")
SPECIAL = _MAYBE_NUMBER | {"", "~", "n", "N", "t", "T", "f", "F"}
CORE = "tag:yaml.org,2002:"
_MAX_DIGITS = 400
_TAGGED: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (float, int),
}


class RefusedError(Exception):
    """A scalar that can't be taken; becomes a problem where it stands."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def plain_scalar(text: str) -> Any:
    """What an unquoted scalar means under the core schema."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _MAYBE_NUMBER:
        return text
    if len(text) > _MAX_DIGITS and _FLOAT.fullmatch(text):
        raise _too_large()
    if _INTEGER.fullmatch(text):
        value = int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if abs(value) > MAX_SAFE_INTEGER:
            raise _too_large()
        return value
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not is_exact(number):
            raise _too_large()
        return number
    if _NOT_FINITE.fullmatch(text):
        raise RefusedError(
            "number_not_finite",
            f"{text} is not a number that JSON knows.",
            "Leave it out, or write it as text in quotes.",
        )
    return text


def _too_large() -> RefusedError:
    return RefusedError(
        "number_too_large",
        "The number is beyond what JSON readers keep exactly (±9007199254740991).",
        "Write it as text in quotes.",
    )


def tagged_scalar(tag: str, text: str) -> Any:
    """The scalar `text` under an explicit core tag."""
    kind = tag.removeprefix(CORE) if tag.startswith(CORE) else ""
    if tag == "!" or kind == "str":
        return text
    types = _TAGGED.get(kind)
    if types is None:
        raise RefusedError(
            "custom_tag",
            f"The tag {tag} is not known here.",
            "Leave the tag out: plain YAML is enough.",
        )
    value = plain_scalar(text)
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise RefusedError("custom_tag", f"{text!r} is not of the tag {tag}.", "Leave the tag out.")
    return value
