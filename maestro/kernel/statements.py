"""Statements written by hand, where one round trip does what the ORM needs several for.

They are prepared on the server when first used, so a long statement is parsed and planned once a
connection (psycopg 3, "Prepared statements"). Values are bound, never pasted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any, LiteralString

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg.rows import TupleRow, dict_row

Row = dict[str, Any]


def fetch(alias: str, statement: LiteralString, values: Mapping[str, Any]) -> list[Row]:
    """Run one statement on `alias` and give its rows. In no transaction it is one of its own.

    JSON columns come as text. Database errors are psycopg's, wrapped as Django's.
    """
    return _run(alias, psycopg.Cursor, statement, values)


def _run(
    alias: str,
    cursor_type: type[psycopg.Cursor[Row]],
    statement: LiteralString,
    values: Mapping[str, Any] | Sequence[Any],
) -> list[Row]:
    connection: Any = connections[alias]
    with connection.wrap_database_errors:
        connection.ensure_connection()
        raw: psycopg.Connection[TupleRow] = connection.connection
        if connection.queries_logged:  # so that what counts statements counts these
            connection.queries_log.append({"sql": statement, "time": ""})
        with cursor_type(raw, row_factory=dict_row) as cursor:
            cursor.execute(statement, values, prepare=True)
            # Not `description`: it makes an object of each column, a third of the work of a read.
            answer = cursor.pgresult
            return cursor.fetchall() if answer is not None and answer.nfields else []


def insert(*rows: models.Model, using: str = DEFAULT_DB_ALIAS) -> None:
    """As `row.save(force_insert=True)` of each, in one statement that is composed only once.

    No signal is sent. For models whose every value is made before it is written: what the database
    makes (an automatic key, a default of its own) does not come back. Of a model that is
    `written_once` a row that is there already stays as it is.
    """
    connection = connections[using]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in row._meta.concrete_fields
    ]
    # Numbered places as PostgreSQL has them: psycopg would read named ones anew each time, because
    # it keeps what it read of statements with fifty values at most.
    _run(using, psycopg.RawCursor, _insert_into(*map(type, rows)), values)
    for row in rows:
        row._state.adding, row._state.db = False, using


@cache
def _insert_into(*tables: type[models.Model]) -> LiteralString:
    places = count(1)
    inserts = [_insert_one(model, places) for model in tables]
    others = ", ".join(f"i{place} AS ({one})" for place, one in enumerate(inserts[:-1]))
    return f"WITH {others} {inserts[-1]}" if others else inserts[-1]


def _insert_one(model: type[models.Model], places: Iterator[int]) -> LiteralString:
    # Names of the model's table and columns, quoted: nothing that anybody sent.
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(f"${next(places)}" for _ in fields)
    once = " ON CONFLICT DO NOTHING" if getattr(model, "written_once", False) else ""
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({values}){once}'  # noqa: S608
