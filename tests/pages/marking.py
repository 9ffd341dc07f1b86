"""Finds what a template says in plain English, past gettext."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.template.base import Lexer, Token, TokenType

SPOKEN = {"aria-label", "title", "placeholder", "data-label", "alt", "label"}  # attributes
SAYING = (  # arguments of includes and tags that are shown
    r"\b(?:title|text|todo|button|fact|caption|label|next_label|unit|heading|nothing|word)="
    r'"([^"]*)"'
)
ELSE = r'\|(?:default|default_if_none|join|yesno|pluralize)(?::"([^"]*)")?'
NAMES = {
    *("Maestro", "Switchboard", "API", "Maestro – Switchboard", "Maestro – – Switchboard"),
    *("publisher/name", "platform.operations"),
}
CODE = re.compile(r"[a-z_]+ \d{3}( bad)?")  # of an error's page, and its tone
WORD = re.compile(r"[^\W\d_]{2,}")


def unmarked(source: str) -> list[str]:
    """Each text of a template that is neither marked nor a name, a code or a sign."""
    tokens = Lexer(source).tokenize()
    found = [text for token in tokens for text in _arguments(token)]
    reader = _Reader()
    reader.feed(_bare(tokens))
    reader.close()
    return found + reader.found


def _is_text(text: str) -> bool:
    said = " ".join(text.split())
    return bool(WORD.search(said)) and said not in NAMES and not CODE.fullmatch(said)


def _arguments(token: Token) -> list[str]:
    if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
        return []
    written = token.contents
    if written.partition(" ")[0] in ("translate", "comment", "url", "load", "extends"):
        return []
    said = [*re.findall(SAYING, written), *re.findall(ELSE, written)]
    if "|pluralize" in written:
        said.append("pluralize: a language has its own plurals")
    return [text for text in said if _is_text(text)]


def _bare(tokens: list[Token]) -> str:
    """The source without tags, values, comments and what is marked."""
    kept, until = [], ""
    for token in tokens:
        name = token.contents.partition(" ")[0] if token.token_type is TokenType.BLOCK else ""
        if until:
            until = "" if name == until else until
        elif name in ("comment", "blocktranslate"):
            until = f"end{name}"
        elif token.token_type is TokenType.TEXT:
            kept.append(token.contents)
    return "".join(kept)


class _Reader(HTMLParser):
    """Gathers the texts and the spoken attributes; what is in `code`, `script` and `style` is not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Takes the attributes that are read out or shown."""
        if tag in ("code", "script", "style") and not self.silent:
            self.silent = tag
        self.found += [text for name, text in attrs if name in SPOKEN and text and _is_text(text)]

    def handle_endtag(self, tag: str) -> None:
        """Ends what is not spoken."""
        self.silent = "" if tag == self.silent else self.silent

    def handle_data(self, data: str) -> None:
        """Takes a text."""
        if not self.silent and _is_text(data):
            self.found.append(" ".join(data.split()))
