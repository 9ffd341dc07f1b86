"""A browser's idea of a page: what a form would post untouched, and whether its relations hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser

VOID = {"input", "meta", "link", "br", "hr", "img"}
LABELLED = {"input", "select", "textarea"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, *tags: str) -> list[Element]:
        found = [self] if not tags or self.tag in tags else []
        return found + [each for child in self.children for each in child.all(*tags)]

    def ancestors(self) -> list[Element]:
        return [] if self.parent is None else [self.parent, *self.parent.ancestors()]

    def words(self) -> str:
        return " ".join([self.text, *[child.words() for child in self.children]]).strip()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("document", {})
        self.open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        element = Element(tag, {name: value or "" for name, value in attrs}, self.open)
        self.open.children.append(element)
        if tag not in VOID:
            self.open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.tag == tag, f"<{self.open.tag}> is closed by </{tag}>"
        assert self.open.parent is not None
        self.open = self.open.parent

    def handle_data(self, data: str) -> None:
        self.open.text += data


@lru_cache(maxsize=256)
def parse(html: str) -> Element:
    """The page as a tree. An element that is not closed, or an attribute given twice, fails.

    Several tests look at each state's page: it is read once.
    """
    builder = _Builder()
    # A parser of HTML reads every newline of the source as one line feed, and no NUL.
    builder.feed(re.sub(r"\r\n?", "\n", html).replace("\0", "\ufffd"))
    builder.close()
    assert builder.open is builder.root, f"<{builder.open.tag}> is not closed"
    return builder.root


def untouched(page: Element) -> dict[str, list[str]]:
    """What is posted when the form is sent as it came."""
    posted: dict[str, list[str]] = {}
    for element in page.all(*LABELLED):
        name = element.attrs.get("name")
        if not name:
            continue
        for value in _values(element):
            posted.setdefault(name, []).append(value)
    return posted


def _values(element: Element) -> list[str]:
    if element.tag == "textarea":
        text = element.text.removeprefix("\n")
        return [re.sub(r"\r\n|\r|\n", "\r\n", text)]
    if element.tag == "select":
        options = element.all("option")
        chosen = [each for each in options if "selected" in each.attrs] or options
        return [chosen[0].attrs["value"]] if chosen else []
    kind = element.attrs.get("type", "text")
    value = element.attrs.get("value", "")
    if kind in {"checkbox", "radio"}:
        return [value] if "checked" in element.attrs else []
    value = re.sub(r"[\r\n]", "", value)
    if kind in {"email", "url"}:
        return [value.strip(" \t\f")]
    if kind == "number" and not re.fullmatch(r"-?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?", value):
        return [""]
    if kind == "date" and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return [""]
    return [value]


def faults(page: Element) -> list[str]:
    """Everything about labels, ids and inline code that a page of ours must not have."""
    wrong = []
    everything = page.all()
    ids = [each.attrs["id"] for each in everything if "id" in each.attrs]
    wrong += [f"id {each} is used twice" for each in set(ids) if ids.count(each) > 1]
    wrong += [f"id “{each}” is not one word" for each in ids if not each or re.search(r"\s", each)]
    for each in everything:
        here = f"<{each.tag} {each.attrs}>"
        if "style" in each.attrs or each.tag == "style":
            wrong.append(f"inline style: {here}")
        if any(name.startswith("on") for name in each.attrs):
            wrong.append(f"inline handler: {here}")
        if each.tag == "script" and ("src" not in each.attrs or each.text.strip()):
            wrong.append(f"inline script: {here}")
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for target in each.attrs.get(name, "").split():
                if target not in ids:
                    wrong.append(f"{name} of {here} leads to no {target}")
        link = each.attrs.get("href", "")
        if each.tag == "a" and link.startswith("#") and link[1:] not in ids:
            wrong.append(f"{here} leads nowhere")
        if (
            each.tag == "use"
            and link[1:] not in ids
            and any(one.tag == "body" for one in everything)
        ):
            wrong.append(f"{here} is no drawing of the sprite")
        if each.tag in LABELLED and not _is_labelled(each, everything):
            wrong.append(f"{here} has no label")
        if each.tag in {"a", "button", "summary"} and not _name(each):
            wrong.append(f"{here} has no name")
    return wrong


def _is_labelled(element: Element, everything: list[Element]) -> bool:
    if element.attrs.get("type") == "hidden" or "aria-label" in element.attrs:
        return True
    mine = element.attrs.get("id")
    pointed = any(
        each.tag == "label" and mine and each.attrs.get("for") == mine for each in everything
    )
    return pointed or any(each.tag == "label" for each in element.ancestors())


def _name(element: Element) -> str:
    spoken = [each.attrs["aria-label"] for each in element.all() if "aria-label" in each.attrs]
    return element.words() or " ".join(spoken)
