from __future__ import annotations

from uuid import UUID

from maestro.kernel.actor import Actor
from maestro.runtime.models import SavedFilter
from maestro.runtime.pages.filters import parsed
from maestro.runtime.services.read_filters import find_filter
from maestro.runtime.services.save_filter import save_filter


def open_with_filter(*, actor: Actor, filter_id: UUID, opens: bool) -> SavedFilter:
    """Let the list open with a view that one saved, or no longer. Raises `NotFound`, `Denied`."""
    row = find_filter(actor, filter_id)
    return save_filter(actor=actor, name=row.name, filters=parsed(row.query), opens=opens)
