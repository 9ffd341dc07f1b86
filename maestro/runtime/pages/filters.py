"""The filters of the executions list, as text."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

FILTERS = (
    "status",
    "workflow",
    "mine",
    "installation",
    "person",
    "risk",
    "trigger",
    "purpose",
    "from",
    "to",
)


def kept(said: Mapping[str, str]) -> str:
    """The query of the filters among `said`, always in the same order."""
    return urlencode([(name, said[name]) for name in FILTERS if said.get(name)])


def parsed(query: str) -> dict[str, str]:
    """The filters in a query; what is no filter is left out."""
    return {name: text for name, text in parse_qsl(query) if name in FILTERS}
