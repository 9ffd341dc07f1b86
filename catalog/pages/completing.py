"""What may stand at a cursor in a workflow document: keys, tasks, steps, names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.document import DOCUMENT_SCHEMA, DocumentInvalid
from catalog.pages.placing import ITEM, Where, expression_at, where
from catalog.source import read_source
from connectors.contract import Manifest

MOST = 40  # offers at once
_STEP = ("steps", ITEM)
_EXECUTION = {
    "id": gettext_lazy("The execution’s id"),
    "tenant": gettext_lazy("The tenant’s id"),
    "started_at": gettext_lazy("When it started"),
    "purpose": gettext_lazy("What it is for"),
}
_OF_A_STEP = {
    "output": gettext_lazy("What it gave"),
    "status": gettext_lazy("How it ended"),
    "error": gettext_lazy("Why it failed"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may stand there: `text` takes the place of what is typed."""

    text: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand at a cursor; `typed` is what stands of it to the left of the cursor."""

    typed: str = ""
    offers: tuple[Offer, ...] = ()


def complete(text: str, cursor: int, manifests: Mapping[str, Manifest]) -> Completion:
    """What may stand at `cursor`, an offset in `text` in characters; nothing where it is not known.

    A key that is offered is known there, and is not yet in its map.
    """
    cursor = max(0, min(cursor, len(text)))
    typed = expression_at(text, cursor)
    if typed is not None:
        return _fitting(typed, _names(_read(text, cursor)))
    place = where(text, cursor)
    if place is None:
        return Completion()
    if place.is_key:
        return _fitting(place.typed, _keys(place, manifests))
    return _fitting(place.typed, _values(place, text, cursor, manifests))


def _fitting(typed: str, offers: Iterable[Offer]) -> Completion:
    """Those that go on from what is typed first, then those that have it inside."""
    found = list(offers)
    low = typed.lower()
    begin = [each for each in found if each.text.lower().startswith(low)]
    inside = [each for each in found if each not in begin and low in each.text.lower()]
    return Completion(typed, tuple([*begin, *inside][:MOST]))


def _keys(place: Where, manifests: Mapping[str, Manifest]) -> Iterator[Offer]:
    schema = _schema_at(place, manifests)
    if schema is None:
        return
    present = {key for key, _said in place.siblings}
    required = schema.get("required", ())
    for key, part in schema.get("properties", {}).items():
        if key not in present:
            title = part.get("title", _("needed") if key in required else "")
            yield Offer(f"{key}: ", title, part.get("description", ""))


def _values(
    place: Where, text: str, cursor: int, manifests: Mapping[str, Manifest]
) -> Iterable[Offer]:
    path = place.path
    if path == (*_STEP, "task"):
        return [Offer(ref, one.title, one.description) for ref, one in sorted(manifests.items())]
    if path == (*_STEP, "needs", ITEM):
        own = place.of_step("id")
        steps = _steps(_read(text, cursor))
        return [Offer(name, title) for name, title in steps if name != own]
    schema = _schema_at(place, manifests) or {}
    choices = schema.get("enum", ["true", "false"] if schema.get("type") == "boolean" else [])
    return [Offer(str(each), schema.get("title", "")) for each in choices]


def _schema_at(place: Where, manifests: Mapping[str, Manifest]) -> Mapping[str, Any] | None:
    """The part of the schema for `place`; None where nothing is fixed."""
    schema: Any = DOCUMENT_SCHEMA
    for depth, part in enumerate(place.path):
        if part == "with" and place.path[:depth] == _STEP:
            manifest = manifests.get(place.of_step("task"))
            schema = manifest.input_schema if manifest else None
        elif part == ITEM:
            schema = schema.get("items")
        else:
            known = schema.get("properties", {})
            schema = known.get(part, schema.get("additionalProperties"))
        if not isinstance(schema, Mapping):
            return None
    found: Mapping[str, Any] = schema
    return found


def _read(text: str, cursor: int) -> Mapping[str, Any]:
    """The document, without the line of the cursor if it can't be read with it."""
    line = text.rfind("\n", 0, cursor) + 1
    end = text.find("\n", cursor)
    rest = text[end:] if end >= 0 else ""
    for candidate in (text, f"{text[:line]}{rest}"):
        try:
            value = read_source(candidate.encode("utf-8", "replace"), None).value
        except DocumentInvalid:
            continue
        return value if isinstance(value, Mapping) else {}
    return {}


def _part(document: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _steps(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    steps = document.get("steps")
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, Mapping) and isinstance(step.get("id"), str):
            yield step["id"], str(step.get("task", ""))


def _names(document: Mapping[str, Any]) -> Iterator[Offer]:
    for name, schema in _part(document, "parameters", "properties").items():
        title = schema.get("title", "") if isinstance(schema, Mapping) else ""
        yield Offer(f"params.{name}", str(title) or _("Parameter"))
    for name, task in _steps(document):
        for part, title in _OF_A_STEP.items():
            yield Offer(f"steps.{name}.{part}", str(title), task)
    for kind, word in (("endpoints", _("Endpoint")), ("secrets", _("Secret"))):
        for name, about in _part(document, kind).items():
            said = about.get("description", "") if isinstance(about, Mapping) else ""
            yield Offer(f"{kind}.{name}", word, str(said))
    for name, title in _EXECUTION.items():
        yield Offer(f"execution.{name}", str(title))
    yield Offer("item", _("The entry of for_each"))
    yield Offer("index", _("Its place, from 0"))
