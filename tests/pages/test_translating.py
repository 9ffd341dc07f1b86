"""Texts of the pages come from a catalogue, where there is one for the language."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils import translation

Draw = Callable[..., str]
TEXTS = {
    "": "Content-Type: text/plain; charset=UTF-8\n",
    "Sign in": "Entrar",
    "This part could not be read": "Esta parte não pôde ser lida",
}


def compiled(texts: dict[str, str]) -> bytes:
    """A catalogue as `msgfmt` writes it (GNU gettext manual, § The Format of GNU MO Files)."""
    pairs = sorted((key.encode(), text.encode()) for key, text in texts.items())
    count, header = len(pairs), 28
    start = header + 16 * count
    tables: list[tuple[int, int]] = []
    body = b""
    for column in (0, 1):
        for pair in pairs:
            tables.append((len(pair[column]), start + len(body)))
            body += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, header, header + 8 * count, 0, 0)
    return head + b"".join(struct.pack("<2I", *entry) for entry in tables) + body


def test_a_page_is_in_the_language_that_is_asked_for(
    drawn: Draw, tmp_path: Path, settings: Any
) -> None:
    catalogue = tmp_path / "pt" / "LC_MESSAGES" / "django.mo"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(compiled(TEXTS))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("pt", "Português")]
    with translation.override("pt"):
        signing_in = drawn("login", next="/")
        part = drawn("detail", note="")
    assert "<h1>Entrar</h1>" in signing_in
    assert '<html lang="pt"' in signing_in
    assert ">Sign in<" not in signing_in
    assert "Esta parte não pôde ser lida" in part
    assert "<h1>Sign in</h1>" in drawn("login", next="/")
