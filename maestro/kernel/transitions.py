"""States move by compare-and-set: the database decides who was first."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models

from maestro.kernel.errors import IllegalTransition


def advance(row: models.Model, *, to: str, allowed: Collection[str], **fields: Any) -> None:
    """Move `row.status` to `to` if it is now one of `allowed`, and set `fields` with it.

    One UPDATE … WHERE status IN (…). Raises `IllegalTransition`, saying where the row is, when
    another was first. The row in memory follows what was written.
    """
    manager = type(row)._default_manager.using(row._state.db)
    moved = manager.filter(pk=row.pk, status__in=list(allowed)).update(status=to, **fields)
    if not moved:
        current = manager.filter(pk=row.pk).values_list("status", flat=True).first()
        name = row._meta.verbose_name
        raise IllegalTransition(
            f"This {name} is {current or 'gone'}; it can become {to} only from"
            f" {', '.join(sorted(allowed))}.",
            hint="Load it again and look at its present state.",
            current=current,
            wanted=to,
        )
    for field, value in {"status": to, **fields}.items():
        setattr(row, field, value)
