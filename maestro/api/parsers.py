"""A workflow document is uploaded as it is written."""

from __future__ import annotations

from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

LIMIT = 1024 * 1024  # bytes, as the document format says
MESSAGE = "A document has at most 1 MiB. Split it, or move long texts out of it."


class _Raw(BaseParser):
    """The bytes themselves, and no more of them than a document may have."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> bytes:
        """At most `LIMIT` bytes; more is refused after that many are read."""
        raw: bytes = stream.read(LIMIT + 1)
        if len(raw) > LIMIT:
            raise ParseError(MESSAGE, code="document_too_large")
        return raw


class YamlDocument(_Raw):
    """YAML, under its registered name (RFC 9512)."""

    media_type = "application/yaml"


class OldYamlDocument(_Raw):
    """YAML, under the name that was in use before."""

    media_type = "application/x-yaml"


class TextYamlDocument(_Raw):
    """YAML, as some editors send it."""

    media_type = "text/yaml"


class JsonDocument(_Raw):
    """JSON."""

    media_type = "application/json"


DOCUMENT_PARSERS = [YamlDocument, OldYamlDocument, TextYamlDocument, JsonDocument]
