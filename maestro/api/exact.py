"""Request bodies that say exactly what they mean."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from typing import Any

from rest_framework import serializers

from maestro.kernel.problems import MOST_PROBLEMS


class Exact(serializers.Serializer[Any]):
    """A body in which an unknown key is an error: a misspelt one would be ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """What was given, checked. Raises `ValidationError` with every problem at once."""
        problems: dict[str, Any] = {}
        if isinstance(data, dict):
            known = [name for name, field in self.fields.items() if not field.read_only]
            unknown = (str(name) for name in data if name not in known)
            problems = {
                name: [serializers.ErrorDetail(_unknown(name, known), "unknown_key")]
                for name in islice(unknown, MOST_PROBLEMS)
            }
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**dict(error.detail), **problems}) from None  # type: ignore[arg-type]
        if problems:
            raise serializers.ValidationError(problems)
        return value


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"There is no key {name[:60]} here." + (f" Do you mean {near[0]}?" if near else "")
