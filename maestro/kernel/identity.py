"""Identifiers: UUID version 7 (RFC 9562), so that rows made together lie together in an index."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import uuid_utils.compat


def new_id() -> UUID:
    """A new UUIDv7: unique, and increasing with time within a process."""
    return uuid_utils.compat.uuid7()


def first_id_at(moment: datetime) -> UUID:
    """The least UUID that one made at `moment` (aware, to the millisecond) could be: for ranges."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
