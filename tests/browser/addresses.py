"""Every address of Switchboard, from the URL patterns: a new one is walked without being listed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

ELSEWHERE = frozenset({"admin", "api", "gallery"})


@dataclass(frozen=True)
class Address:
    """A named address and the names of its arguments."""

    name: str
    arguments: tuple[str, ...]

    def path(self, values: Mapping[str, str]) -> str:
        return reverse(self.name, kwargs={each: values[each] for each in self.arguments})


def addresses(elsewhere: Collection[str] = ELSEWHERE) -> list[Address]:
    """Each named address, but for those of the fronts `elsewhere`."""
    return list(_below(get_resolver(), (), (), elsewhere))


def _below(
    resolver: URLResolver,
    spaces: tuple[str, ...],
    arguments: tuple[str, ...],
    elsewhere: Collection[str],
) -> Iterator[Address]:
    for each in resolver.url_patterns:
        taken = (*arguments, *each.pattern.converters)
        if isinstance(each, URLPattern):
            if each.name:
                yield Address(":".join((*spaces, each.name)), taken)
        elif each.namespace not in elsewhere and each.app_name not in elsewhere:
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from _below(each, inner, taken, elsewhere)
