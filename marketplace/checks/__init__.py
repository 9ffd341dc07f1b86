"""The automatic checks of a submission, by name, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from marketplace.checking import Found, Subject
from marketplace.checks import (
    approvals,
    document,
    examples,
    facts,
    hosts,
    policy,
    secrets,
    tasks,
)

CHECKS: Mapping[str, Callable[[Subject], Iterator[Found]]] = MappingProxyType(
    {
        "document": document.check,
        "tasks": tasks.check,
        "secrets": secrets.check,
        "approvals": approvals.check,
        "hosts": hosts.check,
        "facts": facts.check,
        "examples": examples.check,
        "policy": policy.check,
    }
)


def check_all(subject: Subject) -> Iterator[tuple[str, Found]]:
    """Every finding, with the name of its check."""
    for name, check in CHECKS.items():
        for found in check(subject):
            yield name, found
