"""Counting what a page asks the database, without what every request asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

OURS = ("catalog_", "marketplace_", "runtime_", "governance_", "tenancy_membership")


@contextmanager
def statements_at_most(most: int) -> Iterator[None]:
    """Fails when more than `most` statements run on tables of catalog, runtime and governance.

    The session, the person, the transaction and its savepoints are every request's, and not counted.
    """
    with CaptureQueriesContext(connection) as captured:
        yield
    ours = [query["sql"] for query in captured if any(name in query["sql"] for name in OURS)]
    assert len(ours) <= most, f"{len(ours)} statements:\n" + "\n".join(sql[:300] for sql in ours)
