"""Statements written by hand, where one round trip does what the ORM needs several for.

They are prepared on the server when first used, so a long statement is parsed and planned once a
connection (psycopg 3, "Prepared statements"). Values are bound, never pasted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, LiteralString

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
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
        if connection.queries_logged:  # so that what counts statements counts these
            connection.queries_log.append({"sql": statement, "time": ""})
        with psycopg.Cursor(raw, row_factory=dict_row) as cursor:
            cursor.execute(statement, values, prepare=True)
            return cursor.fetchall() if cursor.description else []


def insert(row: models.Model, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """As `row.save(force_insert=True)`, without composing the statement anew and without signals.

    For models whose every value is made before it is written: what the database makes (an
    automatic key, a default of its own) does not come back.
    """
    connection = connections[using]
    values = {
        field.attname: field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for field in row._meta.concrete_fields
    }
    fetch(using, _insert_into(type(row)), values)
    row._state.adding, row._state.db = False, using


@cache
def _insert_into(model: type[models.Model]) -> LiteralString:
    # Names of the model's table and columns, quoted: nothing that anybody sent.
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(f"%({field.attname})s" for field in fields)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({places})'  # noqa: S608
