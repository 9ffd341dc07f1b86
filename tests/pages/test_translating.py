"""Texts of the pages come from a catalogue, where there is one for the language."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Callable, Iterator
from datetime import date
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from django.utils.translation import trans_real

from maestro.gallery.sample_facts import NOW
from maestro.gallery.samples import PAGES
from maestro.gallery.stand_in import seen_by_somebody
from maestro.tenancy.models import Tenant
from maestro.tenancy.pages.tokens import first_answers, token_form
from tests.factories import make_member, reads_for
from tests.pages.marking import unmarked

Draw = Callable[..., str]
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
GALLERY = TEMPLATES.parent / "maestro" / "gallery"
ENGLISH = {"api/docs.html"}  # the API, its descriptions and its errors are English for everybody
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


def templates() -> list[str]:
    """Every template of the pages, by name."""
    names = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    return sorted(names - ENGLISH)


@pytest.mark.parametrize("name", templates())
def test_every_text_of_a_template_is_marked(name: str) -> None:
    assert unmarked((TEMPLATES / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Nothing yet</p>", "Nothing yet"),
        ('<nav aria-label="Pages"></nav>', "Pages"),
        ("{{ name|default:'x' }}{{ name|default:\"none\" }}", "none"),
        ('{% include "a.html" with title="Nothing here" %}', "Nothing here"),
        ('<p>{% translate "Yes" %}, or no</p>', ", or no"),
        ("{{ n }} step{{ n|pluralize }}", "step"),
    ],
)
def test_what_is_not_marked_is_found(source: str, found: str) -> None:
    assert found in unmarked(source)


class Bracketed(NullTranslations):
    """A language in which each text is its English, in brackets."""

    domain = "django"

    def gettext(self, message: str) -> str:
        return f"[{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}]"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"[{msgid1 if n == 1 else msgid2}]"

    def to_language(self) -> str:
        return "eo"

    def __getitem__(self, key: str) -> str:
        raise KeyError(key)


@pytest.fixture
def bracketed(settings: Any) -> Iterator[None]:
    """Pages are asked for in the language of brackets."""
    settings.LANGUAGES = [("en", "English"), ("eo", "Esperanto")]
    kept = trans_real._translations.get("eo")
    trans_real._translations["eo"] = Bracketed()  # type: ignore[assignment]
    with translation.override("eo"):
        yield
    trans_real._translations.pop("eo")
    if kept is not None:
        trans_real._translations["eo"] = kept


SILENT = ("code", "script", "pre", "textarea")  # what these hold is data


class Shown(HTMLParser):
    """The texts that a page shows or reads out, and its language."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.language: str | None = ""
        self.silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        self.silent += tag in SILENT
        self.texts += [given[name] or "" for name in ("aria-label", "placeholder") if name in given]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.texts.append(data)


SCOPE = re.compile(r"\b[a-z_]+(\.[a-z_]+)*\.([a-z_]+|\*)")


def english(shown: Shown, *known: str) -> list[str]:
    """The texts outside of brackets, without what is `known` to be nobody's text to translate."""
    # A text may hold another as a value of it: “[Workflows in [your tenant]]”.
    joined = "\n".join(" ".join(text.split()) for text in shown.texts)
    while re.search(r"\[[^\[\]]*\]", joined):
        joined = re.sub(r"\[[^\[\]]*\]", "", joined)
    for each in sorted(known, key=len, reverse=True):
        joined = joined.replace(each, "")
    joined = SCOPE.sub("", joined)
    return [line.strip() for line in joined.splitlines() if re.search(r"[^\W\d_]{2,}", line)]


NAMES = (
    *("Switchboard", "Maestro", "API", "publisher/name"),
    *("Acme", "Globex", "Ines", "Ines Ferreira", "operator@acme.test"),
)


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize("name", ["catalog-new", "executions-empty", "approvals-empty", "login"])
def test_a_page_is_wholly_in_the_language_that_is_asked_for(name: str, drawn: Draw) -> None:
    shown = Shown(drawn(name, **PAGES[name][1]()))
    assert shown.language == "eo"
    assert english(shown, *NAMES, *literals()) == []


UNITS = ("min", "ms", "JSON")


def literals() -> list[str]:
    """Every text that is written into the gallery's samples: data, as what people typed would be."""
    sources = [path.read_text(encoding="utf-8") for path in GALLERY.glob("*.py")]
    found = {
        " ".join(node.value.split())
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return [text for text in found if re.search(r"[^\W\d_]{2,}", text)]


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    "name",
    [
        *("catalog", "catalog-empty", "detail", "detail-draft", "diff", "edit", "edit-problems"),
        *("run", "run-errors", "run-simulated", "run-presets", "rerun", "cancel"),
        *("execution", "execution-graph", "execution-failed", "executions"),
        *("executions-filtered", "approvals"),
    ],
)
def test_a_page_with_data_says_nothing_in_english_but_the_data(name: str, drawn: Draw) -> None:
    context = PAGES[name][1]()
    shown = Shown(drawn(name, **context))
    assert english(shown, *NAMES, *UNITS, *literals(), *told_of(context)) == []


def told_of(context: dict[str, Any]) -> list[str]:
    """What is English for everybody: what is wrong with a document or changes in it, and what tasks
    say they do.
    """
    checked = context.get("checked") or {}
    problems = [*checked.get("problems", ()), *checked.get("warnings", ())]
    said = [each[name] for each in problems for name in ("message", "hint")]
    for one in context.get("judged", {}).get("classes", ()):
        said += [part for each in one["changes"] for part in each["message"].split("`")]
    for task in context.get("tasks", ()):
        said += [task["title"], task["description"], *(one["text"] for one in task["inputs"])]
    return [" ".join(text.split()) for text in said if text]


@pytest.mark.usefixtures("bracketed")
def test_a_page_of_the_settings_is_translated_with_its_form_and_its_menu() -> None:
    request = RequestFactory().get("/settings/tokens/")
    seen_by_somebody(request)
    form = token_form(first_answers(date(2026, 11, 21)), scopes=())
    page = render_to_string("settings/tokens.html", {"now": NOW, "form": form}, request=request)
    shown = Shown(page)
    assert shown.language == "eo"
    assert english(shown, *NAMES) == []


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize(
    "asked",
    [
        "/executions/?status=failed&mine=1&risk=high&trigger=api&purpose=practice&from=2026-01-02",
        "/executions/?person=ana@acme.test&status=running",
        "/executions/approvals/",
        "/catalog/?risk=high&status=draft&category=HR",
        *("tenancy:tokens", "tenancy:members", "secrets:list", "connectors:list"),
        "connectors:mail",
    ],
)
def test_what_a_view_says_is_translated_too(asked: str, acme: Tenant, client: Client) -> None:
    somebody = make_member(acme, "admin")
    client.force_login(somebody)
    reads_for(client)
    address = asked if asked.startswith("/") else reverse(asked)
    answer = client.get(address, headers={"Accept-Language": "eo"})
    assert answer.status_code == 200
    shown = Shown(answer.content.decode())
    assert shown.language == "eo"
    names = (somebody.name, somebody.email, acme.name, "ana@acme.test", "practice")
    assert english(shown, *NAMES, *UNITS, *filter(None, names)) == []
