"""What a record says, as a JSON object, and its digest: the same however it was read.

Every column that is not null, by its name. Times are UTC to the microsecond, ids text, bytes
hexadecimal. Null is left out, so that a column that comes later changes no old record's digest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from typing import Any, LiteralString

from django.apps import apps

from governance.audit.verbs import VERB_COLUMNS
from maestro.kernel.canonical import canonical_bytes

# How a column becomes JSON in the database, byte for byte as RFC 8785 writes it: PostgreSQL escapes
# text in JSON by the same rules.
_TEXT = "to_json({0})::text"
_PLAIN = "{0}::text"
_QUOTED = "'\"' || {0} || '\"'"
_TIME = """'"' || to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '"'"""
_HEXADECIMAL = "'\"' || encode({0}, 'hex') || '\"'"
_EXPRESSIONS = {
    "UUIDField": _QUOTED,
    "ForeignKey": _QUOTED,
    "DateTimeField": _TIME,
    "BinaryField": _HEXADECIMAL,
    "CharField": _TEXT,
    "TextField": _TEXT,
    "BooleanField": _PLAIN,
    "SmallIntegerField": _PLAIN,
    "PositiveSmallIntegerField": _PLAIN,
    "IntegerField": _PLAIN,
}
# JSON of the database is not canonical, besides when it is empty. Where there is more, a mark stands
# for it (JSON holds no such character as it is), and it comes beside.
_INSIDE = {"JSONField": "{0}::text", "ArrayField": "to_jsonb({0})::text"}
_EMPTY = "('[]', '{}')"
_MARK = "\x01"
_EXACT, _MOST_DIGITS = 2**53 - 1, 17  # beyond it JSON can't say a whole number exactly
_BEYOND = re.compile("[\ud800-\U0010ffff]")  # where order by code point is not that of RFC 8785


@cache
def statement_of(record_type: str) -> LiteralString | None:
    """The statement that reads records of a type, which is a model's label; None if there is none.

    It takes `ids`, and gives each record's id, what it tells of, and what `written` takes. Raises
    `KeyError` for a column whose form in JSON is not settled.
    """
    try:
        model = apps.get_model(record_type)
    except (LookupError, ValueError):
        return None
    fields = sorted(model._meta.concrete_fields, key=lambda field: field.column)
    members, beside = [], []
    for field in fields:
        kind, column = field.get_internal_type(), f'"{field.column}"'
        if kind in _INSIDE:
            inside = _INSIDE[kind].format(column)
            said = f"CASE WHEN {inside} IN {_EMPTY} THEN {inside} ELSE chr(1) END"
            # A null stays one: `||` and `concat_ws` leave it out.
            said = f"CASE WHEN {column} IS NOT NULL THEN {said} END"
            beside.append(f"CASE WHEN {inside} NOT IN {_EMPTY} THEN {inside} END")
        else:
            said = _EXPRESSIONS[kind].format(column)
        members.append(f"'\"{field.column}\":' || {said}")
    prefix, verb = VERB_COLUMNS[record_type]
    # Names of the model's table and columns, quoted: nothing that anybody sent.
    columns = ", ".join(
        [f"""id::text, '{prefix}' || "{verb}", concat_ws(',', {", ".join(members)})""", *beside]
    )
    return f'SELECT {columns} FROM "{model._meta.db_table}" WHERE id = ANY(%(ids)s::uuid[])'  # noqa: S608


def written(members: str, beside: Sequence[str | None]) -> str:
    """A content as it is digested: its RFC 8785 text."""
    text = f"{{{members}}}"
    if _MARK in text:
        pieces = text.split(_MARK)
        others = [_canonical(each) for each in beside if each is not None]
        text = "".join(chain.from_iterable(zip(pieces, [*others, ""], strict=True)))
    return text


def digest_of_text(text: str) -> str:
    """`sha256:` and the SHA-256 over a text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _canonical(text: str) -> str:
    """A JSON text as RFC 8785 writes it. Raises `ValueError`.

    By Python's own encoder, in a tenth of the time, where that writes the same: where there is no
    floating-point number and no name beyond the basic plane. A whole number beyond what JSON says
    exactly is digested as text.
    """
    odd: list[bool] = []

    def number(digits: str) -> float:
        odd.append(True)
        return float(digits)

    value = json.loads(text, parse_float=number, parse_int=_whole)
    if odd or (not text.isascii() and _BEYOND.search(text)):
        return canonical_bytes(value).decode()
    return _ENCODE(value)


def _whole(digits: str) -> int | str:
    number = int(digits) if len(digits) <= _MOST_DIGITS else _EXACT + 1
    return number if abs(number) <= _EXACT else digits


def digest_of_content(content: Any) -> str:
    """The digest of a content that was exported as JSON. Raises `ValueError`."""
    return digest_of_text(_canonical(json.dumps(content, ensure_ascii=False)))


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
