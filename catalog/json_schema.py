"""JSON Schema 2020-12 as this project uses it: bounded, and with answers for people.

Three things differ from the `jsonschema` package's own validator. Patterns are matched by RE2
(through CEL), which takes linear time, so that a schema can't hang a process. References are
counted, because a few of them can ask for exponential work. Formats are asserted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cel_expr_python import cel
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators

from catalog.durations import parse_duration
from catalog.shape import did_you_mean, in_words, type_of

MAX_PATTERN = 500
"""The longest regular expression in a schema, in characters."""

_MAX_REFERENCES = 20_000
_references: ContextVar[list[int] | None] = ContextVar("schema_references", default=None)

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s.,;<>\"]+(?:\.[^@\s.,;<>\"]+)*")

FORMAT_NAMES = {
    "email": "an e-mail address",
    "date": "a date (2026-12-18)",
    "date-time": "a date and time (2026-12-18T09:00:00Z)",
    "time": "a time (09:00:00Z)",
    "uri": "a URL (https://…)",
    "uuid": "a UUID",
    "hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "duration": "an ISO 8601 duration (P1D)",
    "maestro-duration": "a duration (20s, 5m, 72h)",
}

FORMATS = FormatChecker(
    [name for name in FORMAT_NAMES if name not in ("email", "uri", "maestro-duration")]
)


@FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or (len(value) <= 254 and bool(_EMAIL.fullmatch(value)))


@FORMATS.checks("uri", raises=ValueError)
def _is_uri(value: object) -> bool:
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme and (parts.netloc or parts.path)) and not re.search(
        r"[\s<>\"{}|\\^`]", value
    )


@FORMATS.checks("maestro-duration", raises=ValueError)
def _is_duration(value: object) -> bool:
    return not isinstance(value, str) or parse_duration(value) >= 0


class SchemaTooComplexError(Exception):
    """Validating would take more work than is reasonable."""


class PatternInvalidError(ValueError):
    """A regular expression that RE2 does not take."""


_MATCHES = cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING}).compile(
    "text.matches(pattern)"
)


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is found in `text`, in linear time. Raises `PatternInvalidError`."""
    return _matches_short(pattern, text) if len(text) <= 100 else _matches(pattern, text)


def _matches(pattern: str, text: str) -> bool:
    try:
        answer = _MATCHES.eval(data={"text": text, "pattern": pattern})
    except (RuntimeError, TypeError, UnicodeError) as error:
        raise PatternInvalidError(str(error)) from None
    if answer.type() == cel.Type.ERROR:
        raise PatternInvalidError(str(answer.plain_value()).partition(": ")[2])
    return bool(answer.plain_value())


# RE2 compiles the pattern each time, which takes longer than to match.
_matches_short = lru_cache(maxsize=4096)(_matches)


def _pattern(
    validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, subschema in patterns.items():
        for key, value in instance.items():
            if matches(pattern, key):
                yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any, additional: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in known or any(matches(pattern, key) for pattern in patterns):
            continue
        if additional is False:
            error = ValidationError(f"{key!r} is not known")
            error.path.appendleft(key)
            yield error
        else:
            yield from validator.descend(value, additional, path=key)


def _ref(validator: Any, reference: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    count = _references.get()
    if count is not None:
        count[0] += 1
        if count[0] > _MAX_REFERENCES:
            raise SchemaTooComplexError
    yield from validator._validate_reference(ref=reference, instance=instance)


_extend: Any = validators.extend
Validator: Any = _extend(
    Draft202012Validator,
    {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "$ref": _ref,
    },
)


def errors_of(validator: Any, instance: Any) -> list[ValidationError]:
    """Every error, in the instance's order.

    Raises `SchemaTooComplexError` where the schema refers to itself without end, or nearly so.
    """
    token = _references.set([0])
    try:
        return sorted(
            validator.iter_errors(instance), key=lambda error: _order(error.absolute_path)
        )
    except RecursionError:
        raise SchemaTooComplexError from None
    finally:
        _references.reset(token)


def _order(path: Any) -> list[tuple[int, str]]:
    return [(part, "") if isinstance(part, int) else (0, str(part)) for part in path]


def label(path: Any) -> str:
    """A path as people write it: `people[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def value_of(error: ValidationError) -> Any:
    """What the schema says under the keyword that failed."""
    return error.validator_value


def describe(error: ValidationError, whole: str) -> tuple[list[Any], str, str, str]:
    """Path, code, message and hint of `error` in plain words; `whole` names the instance itself."""
    path = list(error.absolute_path)
    name = f"`{label(path)}`" if path else whole
    say = _SAYERS.get(str(error.validator))
    if say is None:
        return path, "not_valid", f"{name} is not allowed like this.", _schema_hint(error)
    code, message, hint = say(error, name)
    if error.validator == "required":
        path = [*path, _missing(error)]
        message = f"`{label(path)}` is missing."
    return path, code, message, hint or _schema_hint(error)


def _schema_hint(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    examples = schema.get("examples")
    text = str(schema.get("description", ""))
    if isinstance(examples, list) and examples:
        text += f" For example: {examples[0]!r}."
    return text.strip()


def _missing(error: ValidationError) -> str:
    """The key that a `required` error is about: the library tells it only in its message."""
    match = re.match(r"(['\"])(.*)\1 is a required property$", str(error.message), re.DOTALL)
    return match.group(2) if match else ""


def _say_required(error: ValidationError, _name: str) -> tuple[str, str, str]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    part = schema.get("properties", {}).get(_missing(error), {})
    title = part.get("title") if isinstance(part, Mapping) else ""
    return "missing", "", f"Give {title or _missing(error)}."


def _say_type(error: ValidationError, name: str) -> tuple[str, str, str]:
    wanted = value_of(error)
    return (
        "wrong_type",
        f"{name} must be {in_words(wanted)}, not {in_words(type_of(error.instance))}.",
        "",
    )


def _say_format(error: ValidationError, name: str) -> tuple[str, str, str]:
    kind = str(error.validator_value)
    return "wrong_format", f"{name} is not {FORMAT_NAMES.get(kind, f'a valid {kind}')}.", ""


def _say_choice(error: ValidationError, name: str) -> tuple[str, str, str]:
    allowed = [str(value) for value in value_of(error)]
    hint = did_you_mean(str(error.instance), allowed, "It is one of")
    return "not_allowed", f"{name} is {_short(error.instance)}, which is not allowed.", hint


def _say_unknown(error: ValidationError, name: str) -> tuple[str, str, str]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    known = list(schema.get("properties", {}))
    key = str(error.absolute_path[-1]) if error.absolute_path else ""
    return "unknown_key", f"{name} is not known here.", did_you_mean(key, known)


def _say_any(error: ValidationError, name: str) -> tuple[str, str, str]:
    """The nearest branch speaks: one that got the type right, if there is one."""
    branches: dict[Any, list[ValidationError]] = {}
    for part in error.context or ():
        branches.setdefault(part.schema_path[0], []).append(part)
    if not branches:
        return "not_valid", f"{name} fits more than one of the allowed forms.", ""
    right = [
        b for b in branches.values() if not any(e.validator == "type" and not e.path for e in b)
    ]
    if not right:
        wanted = [kind for branch in branches.values() for kind in _types(branch[0])]
        kinds = in_words(dict.fromkeys(wanted))
        return "wrong_type", f"{name} must be {kinds}, not {in_words(type_of(error.instance))}.", ""
    if all(branch[0].validator == "required" for branch in right):
        missing = " or ".join(dict.fromkeys(_missing(branch[0]) for branch in right))
        return "missing", f"{name} needs {missing}.", ""
    nearest = min(right, key=len)[0]
    _path, code, message, hint = describe(nearest, name)
    return code, message, hint


def _types(error: ValidationError) -> list[str]:
    wanted = value_of(error) if error.validator == "type" else ()
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _bound(words: str) -> Callable[[ValidationError, str], tuple[str, str, str]]:
    def say(error: ValidationError, name: str) -> tuple[str, str, str]:
        return "out_of_range", f"{name} {words.format(error.validator_value)}.", ""

    return say


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


_SAYERS: dict[str, Callable[[ValidationError, str], tuple[str, str, str]]] = {
    "required": _say_required,
    "type": _say_type,
    "format": _say_format,
    "enum": _say_choice,
    "const": lambda error, name: ("not_allowed", f"{name} must be {error.validator_value!r}.", ""),
    "pattern": lambda error, name: (
        "wrong_format",
        f"{name} does not have the expected form ({error.validator_value}).",
        "",
    ),
    "additionalProperties": _say_unknown,
    "unevaluatedProperties": lambda _error, name: (
        "unknown_key",
        f"{name} holds a key that is not known.",
        "",
    ),
    "anyOf": _say_any,
    "oneOf": _say_any,
    "minLength": _bound("needs at least {} characters"),
    "maxLength": _bound("takes at most {} characters"),
    "minimum": _bound("must be at least {}"),
    "maximum": _bound("must be at most {}"),
    "exclusiveMinimum": _bound("must be more than {}"),
    "exclusiveMaximum": _bound("must be less than {}"),
    "multipleOf": _bound("must be a multiple of {}"),
    "minItems": _bound("needs at least {} entries"),
    "maxItems": _bound("takes at most {} entries"),
    "minProperties": _bound("needs at least {} of its keys"),
    "maxProperties": _bound("takes at most {} of its keys"),
    "uniqueItems": lambda _error, name: ("duplicate_item", f"{name} lists something twice.", ""),
}
