"""Statements written by hand, where one round trip does what the ORM needs several for.

They are prepared on the server from the second use on, so a long statement is planned once a
connection. Values are bound, never pasted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from django.db import connections
from psycopg.rows import TupleRow, dict_row

Row = dict[str, Any]


def fetch(alias: str, statement: LiteralString, values: Mapping[str, Any]) -> list[Row]:
    """Run one statement on `alias` and give its rows. In no transaction it is one of its own.

    JSON columns come as text. Database errors are psycopg's, wrapped as Django's.
    """
    connection: Any = connections[alias]
    with connection.wrap_database_errors:
        connection.ensure_connection()
        raw: psycopg.Connection[TupleRow] = connection.connection
        with psycopg.Cursor(raw, row_factory=dict_row) as cursor:
            cursor.execute(statement, values, prepare=True)
            return cursor.fetchall() if cursor.description else []
