"""Bytes to a JSON value, whatever they were written in. Bounds come before any parsing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.json_source import json_positions, read_json
from catalog.source_problems import MAX_BYTES, DocumentInvalid, Node, locate, refuse
from catalog.yaml_source import read_yaml

_MEDIA_TYPES = {
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "text/plain": "",
    "application/octet-stream": "",
}


class Source:
    """A document as it was read: the value, its text, and where each part of it stands."""

    def __init__(self, text: str, value: Any, positions: Node | None) -> None:
        self.text = text
        self.value = value
        self._positions = positions

    def locate(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of `path`, both from 1."""
        if self._positions is None:
            self._positions = json_positions(self.text)
        return locate(self._positions, path)


def read_source(raw: bytes, media_type: str | None) -> Source:
    """Read `raw` as YAML or JSON.

    `media_type` is a Content-Type, parameters allowed; None (or a general type) means: look. What
    begins with `{` or `[` is tried as JSON first and then as YAML. Raises `DocumentInvalid`.
    """
    if len(raw) > MAX_BYTES:
        raise refuse(
            "too_large",
            f"The document is larger than 1 MiB ({len(raw)} bytes).",
            "Move a part of it into another workflow, or large data into a file that a step reads.",
            1,
            1,
        )
    kind = _kind(media_type)
    text = _decode(raw)
    if kind == "json":
        return Source(text, *read_json(text))
    if not kind and text.lstrip()[:1] in ("{", "["):
        try:
            return Source(text, *read_json(text))
        except DocumentInvalid as json_error:
            if json_error.problems[0].code != "syntax":
                raise
            try:
                return Source(text, *read_yaml(text))
            except DocumentInvalid:
                raise json_error from None
    return Source(text, *read_yaml(text))


def _kind(media_type: str | None) -> str:
    """`json`, `yaml`, or empty where the text itself must tell."""
    if not media_type:
        return ""
    essence = media_type.partition(";")[0].strip().lower()
    if essence.endswith("+json"):
        return "json"
    if essence.endswith("+yaml"):
        return "yaml"
    if essence not in _MEDIA_TYPES:
        raise refuse(
            "media_type",
            f"A workflow document is YAML or JSON, not {essence}.",
            "Send it as application/yaml or application/json.",
            1,
            1,
        )
    return _MEDIA_TYPES[essence]


def _decode(raw: bytes) -> str:
    """The text of `raw`, which is UTF-8 with or without a byte order mark."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        raise refuse(
            "not_utf8",
            "The document is not valid UTF-8.",
            "Save the file as UTF-8.",
            before.count(b"\n") + 1,
            len(before) - before.rfind(b"\n"),
        ) from None
