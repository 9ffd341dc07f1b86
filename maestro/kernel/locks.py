"""Locks by name, for what no row stands for: a count that is made before a row is written."""

from __future__ import annotations

from typing import LiteralString

from django.db import DEFAULT_DB_ALIAS

from maestro.kernel.statements import fetch

_HOLD: LiteralString = "SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))"


def hold(name: str, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Wait until no other transaction holds `name`, then hold it until this one ends.

    What is read afterwards is as the others left it. Who holds several takes them in one order.
    """
    fetch(using, _HOLD, {"name": name})
