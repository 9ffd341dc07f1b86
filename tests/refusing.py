"""Calls that policy must refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from maestro.kernel.errors import Denied

Call = Callable[[], Any]


def let_through(calls: Mapping[str, Call]) -> list[str]:
    """The names of those that were not refused. Nothing of them is kept."""
    found = []
    for name, call in calls.items():
        try:
            with transaction.atomic():
                call()
                transaction.set_rollback(True)
        except Denied:
            continue
        found.append(name)
    return found
