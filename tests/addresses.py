"""Every address there is, from the URL patterns: a new one is walked without being listed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

ELSEWHERE = frozenset({"admin", "api", "gallery"})
_IN_ROUTE = re.compile(r"<(?:\w+:)?(\w+)>")
_IN_REGEX = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
_ARGUMENT = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Address:
    """An address: its name (the pattern, if it has none), and its path with `<arguments>`.

    `methods` is what a view of the API answers; of a page only the view itself knows it.
    """

    name: str
    pattern: str
    methods: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments in its path."""
        return tuple(_ARGUMENT.findall(self.pattern))

    @property
    def front(self) -> str:
        """The first segment of its path: `api`, `admin`, …"""
        return self.pattern.strip("/").partition("/")[0]

    def path(self, values: Mapping[str, str]) -> str:
        """The path with each argument given."""
        return _ARGUMENT.sub(lambda found: quote(values[found[1]], safe="/+-"), self.pattern)


def addresses(elsewhere: Collection[str] = ELSEWHERE, *, unnamed: bool = False) -> list[Address]:
    """Each address, but for those of the fronts `elsewhere`; those without a name if wanted."""
    return [
        each
        for each in _below(get_resolver(), (), "/", elsewhere)
        if unnamed or each.name != each.pattern
    ]


def _below(
    resolver: URLResolver, spaces: tuple[str, ...], prefix: str, elsewhere: Collection[str]
) -> Iterator[Address]:
    for each in resolver.url_patterns:
        pattern = prefix + _plain(each)
        if isinstance(each, URLPattern):
            name = ":".join((*spaces, each.name)) if each.name else pattern
            yield Address(name, pattern, _methods(each.callback), each.callback)
        elif each.namespace not in elsewhere and each.app_name not in elsewhere:
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from _below(each, inner, pattern, elsewhere)


def _plain(each: URLPattern | URLResolver) -> str:
    said = str(each.pattern)
    if "?P<" not in said and "^" not in said:
        return _IN_ROUTE.sub(r"<\1>", said)
    said = _IN_REGEX.sub(r"<\1>", said.removeprefix("^").removesuffix("$"))
    return f"{said.removesuffix('/?')}/" if said.endswith("/?") else said


def _methods(view: Any) -> tuple[str, ...]:
    actions: Mapping[str, str] | None = getattr(view, "actions", None)
    if actions is not None:
        return tuple(method.upper() for method in actions)
    return ("GET",) if hasattr(view, "cls") else ("GET", "POST")


def made_up(address: Address) -> str:
    """Its path with an id or a word that nothing has in the place of each argument."""
    return address.path({name: _nothing(address, name) for name in address.arguments})


def _nothing(address: Address, argument: str) -> str:
    if argument == "app_label":
        return "runtime"
    if argument == "content_type_id":
        return "7"
    if argument == "number":
        return "77.0.0"
    is_id = argument == "pk" or (argument.endswith("_id") and argument != "step_id")
    return str(UUID(int=7)) if is_id else "x"
