"""Emptying the database after a test that commits: of a hundred tables only those that were filled.

Django truncates every table and then makes all content types and permissions anew, which takes longer
than most tests. Those never change here, so they stay.
"""

from __future__ import annotations

from functools import cache

from django.core.management.color import no_style
from django.db import connections
from django.test import TransactionTestCase

KEPT = {"django_content_type", "auth_permission"}


def empty_tables(alias: str) -> None:
    """Truncate the tables of a database that hold a row."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute(_filled(alias))
        filled = [name for (name,) in cursor.fetchall()]
    if filled:
        statements = connection.ops.sql_flush(no_style(), filled, allow_cascade=True)
        connection.ops.execute_sql_flush(statements)


@cache
def _filled(alias: str) -> str:
    connection = connections[alias]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})"  # noqa: S608
        for name in sorted(set(names) - KEPT)
    )


def _fixture_teardown(case: TransactionTestCase) -> None:
    for alias in case._databases_names(include_mirrors=False):
        empty_tables(alias)


def install() -> None:
    """Let every test that commits be cleaned up after like this."""
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[method-assign]
