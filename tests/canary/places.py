"""Where a secret could turn up: the database, the logs, the broker, the answers."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import tarfile
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from django.db import connections


def forms_of(secret: str) -> set[str]:
    """How somebody could write it: as it is, escaped, quoted, encoded, and inside something longer."""
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= {html.escape(secret), html.escape(secret, quote=False), repr(secret)[1:-1]}
    for coding in ("utf-8", "latin-1", "utf-16-le"):
        raw = secret.encode(coding)
        forms |= {raw.hex(), raw.hex().upper(), quote(raw), quote(raw, safe=""), quote_plus(raw)}
        forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
        forms |= {base64.b32encode(raw).decode(), base64.b85encode(raw).decode()}
        # In the middle of something longer, such as `user:password`, base64 reads otherwise.
        for offset in range(3):
            inside = base64.b64encode(b"." * offset + raw).decode()
            forms.add(inside[4 : len(inside) - 4])
    return forms


def found_in(text: str, secrets: tuple[str, ...]) -> list[str]:
    """The forms of the secrets that stand in a text."""
    return [form for secret in secrets for form in forms_of(secret) if form in text]


def database() -> Iterator[tuple[str, str]]:
    """Every row of every table, as text; bytes as what they hold, unpacked where they are packed."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " JOIN pg_tables ON tablename = table_name AND schemaname = table_schema"
            " WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        for table, column, kind in cursor.fetchall():
            shown = f'"{column}"' if kind == "bytea" else f'"{column}"::text'
            cursor.execute(
                f'SELECT {shown} FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608 - names from the catalog
            )
            for (value,) in cursor.fetchall():
                name = f"{table}.{column}"
                yield name, unpacked(bytes(value)) if kind == "bytea" else value


def unpacked(raw: bytes) -> str:
    """Bytes as text; of an archive, its members as well."""
    text = raw.decode("latin-1")
    if raw[:2] != b"\x1f\x8b":
        return text
    whole = gzip.decompress(raw)
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            content = file.read() if file else b""
            text += f"\n{member.name}\n{content.decode('utf-8', 'replace')}"
    return text
