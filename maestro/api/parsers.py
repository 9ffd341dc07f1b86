"""Bodies, read no further than they may be long, and as JSON that every program reads alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, ClassVar

from rest_framework.parsers import BaseParser

from catalog.source_problems import pointer
from maestro.kernel.errors import InvalidInput, MaestroError, Problem
from maestro.kernel.problems import MOST_PROBLEMS

DOCUMENT_LIMIT = 1024 * 1024  # bytes, as the document format says
BODY_LIMIT = 2 * 1024 * 1024  # bytes: a document in a field of a JSON body, and what surrounds it
DEEPEST = 64
EXACT = 2**53 - 1  # beyond it a double, which is what JSON numbers are to many, skips integers


class BodyTooLarge(MaestroError):
    """There is more of it than is read."""

    code = "body_too_large"
    status = 413
    title = "The request's body is too large"


class NotJson(InvalidInput):
    """The body can't be read as JSON."""

    code = "malformed_json"
    title = "The request's body is no JSON"


class _Limited(BaseParser):
    """The bytes themselves, and no more of them than `limit`."""

    limit: ClassVar[int] = DOCUMENT_LIMIT

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """At most `limit` bytes. Raises `BodyTooLarge` before, or after, that many are read."""
        environ = getattr(stream, "META", {})
        announced = environ.get("CONTENT_LENGTH") or "0"
        if announced.isascii() and announced.isdigit() and int(announced) > self.limit:
            raise self._too_large()
        raw: bytes = stream.read(self.limit + 1)
        if len(raw) > self.limit:
            raise self._too_large()
        return raw

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(
            f"At most {self.limit // 1024} KiB are read here.",
            hint="Split it, or move long texts out of it.",
            limit=self.limit,
        )


class YamlDocument(_Limited):
    """YAML, under its registered name (RFC 9512)."""

    media_type = "application/yaml"


class OldYamlDocument(_Limited):
    """YAML, under the name that was in use before."""

    media_type = "application/x-yaml"


class TextYamlDocument(_Limited):
    """YAML, as some editors send it."""

    media_type = "text/yaml"


class JsonDocument(_Limited):
    """JSON."""

    media_type = "application/json"


DOCUMENT_PARSERS: list[type[BaseParser]] = [
    YamlDocument,
    OldYamlDocument,
    TextYamlDocument,
    JsonDocument,
]


class JsonBody(_Limited):
    """A JSON body, as `read_json` has it."""

    media_type = "application/json"
    limit = BODY_LIMIT

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """The value. Raises `BodyTooLarge`, `NotJson`, `InvalidInput`."""
        return read_json(super().parse(stream, media_type, parser_context))


def read_json(raw: bytes) -> Any:
    """The I-JSON value (RFC 7493) that `raw` is, at most `DEEPEST` deep.

    I-JSON leaves out what programs read differently: doubled keys, integers that are no exact
    double, halves of characters. PostgreSQL keeps no NUL, so that is left out as well. Raises
    `NotJson` for what can't be read, `InvalidInput` with the values that are left out, at most
    `MOST_PROBLEMS` of them.
    """
    try:
        value = json.loads(
            raw.decode(), parse_constant=_no_constant, object_pairs_hook=_without_doubles
        )
    except RecursionError:
        raise NotJson(f"It nests deeper than {DEEPEST} levels.") from None
    except ValueError as problem:
        raise NotJson(
            f"{problem}.".replace("..", "."), hint="Send UTF-8 JSON (RFC 8259)."
        ) from None
    problems = list(islice(_left_out(value), MOST_PROBLEMS))
    if problems:
        raise InvalidInput(problems=problems)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        double, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise ValueError(f"The key {double[:100]!r} stands twice in one object")
    return found


def _left_out(value: Any) -> Iterator[Problem]:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        path, item = waiting.pop()
        if len(path) > DEEPEST:
            yield Problem("", f"This nests deeper than {DEEPEST} levels.", "too_deep")
            return
        if isinstance(item, dict):
            for name in item:
                yield from _text(path, name)
            waiting.extend(((*path, name), inner) for name, inner in item.items())
        elif isinstance(item, list):
            waiting.extend(((*path, index), inner) for index, inner in enumerate(item))
        elif isinstance(item, str):
            yield from _text(path, item)
        elif isinstance(item, float):
            if item in (float("inf"), float("-inf")):
                yield Problem(pointer(path), "This number is beyond a double.", "number_too_large")
        elif isinstance(item, int) and not -EXACT <= item <= EXACT:
            yield Problem(
                pointer(path),
                "This integer is beyond ±(2^53-1), so programs would read it differently.",
                "number_too_large",
                "Send it as a text.",
            )


def _text(path: tuple[str | int, ...], text: str) -> Iterator[Problem]:
    if "\x00" in text:
        yield Problem(pointer(path), "There is a NUL character in this text.", "nul_character")
    elif not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        yield Problem(pointer(path), "There is half a character in this text.", "half_character")
