"""What is wrong with a form: each problem at its field, and all of them in its summary. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from maestro.kernel.errors import Problem
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.fields import Field, Form, walk


def with_problems(fields: tuple[Field, ...], problems: tuple[Problem, ...]) -> Form:
    """The form with each problem at its place, and the summary in the order of the page."""
    places = {each.path for each in walk(fields) if each.path}
    places |= {item.path for each in walk(fields) for item in each.items}
    extra = next((each for each in fields if each.id == "p.extra"), None)
    texts: dict[str, str] = {}
    nowhere: list[str] = []
    for problem in problems:
        place = problem.path
        while place and place not in places:
            place = place.rpartition("/")[0]
        text = f"{problem.message} {problem.hint}".strip()
        if place:
            texts.setdefault(place, text)
        elif extra and (
            problem.path or problem.code in {"not_json", "not_an_object", "asked_twice"}
        ):
            texts.setdefault("extra", text)
        else:
            nowhere.append(text)
    marked = tuple(_marked(each, texts) for each in fields)
    lines = [Wrong(text, "") for text in dict.fromkeys(nowhere)]
    lines += _lines(marked)
    return Form(marked, tuple(lines), problems)


def _lines(fields: Iterable[Field], row: str = "") -> Iterator[Wrong]:
    """What is wrong with the fields and what is in them; in a list, with the name of the row."""
    for each in fields:
        rows = [item for item in each.items if item.error]
        if each.error and not any(item.error == each.error for item in rows):
            yield Wrong(f"{row}{each.label}: {each.error}", each.target)
        for item in rows:
            yield Wrong(f"{row}{item.label}: {item.error}", item.id)
        if each.control != "rows":
            yield from _lines(each.fields, row)
            continue
        for one in each.fields:
            if one.error:
                yield Wrong(f"{row}{one.label}: {one.error}", one.target)
            yield from _lines(one.fields, f"{row}{one.label}, ")


def _marked(field: Field, texts: Mapping[str, str]) -> Field:
    items = tuple(replace(item, error=texts.get(item.path, "")) for item in field.items)
    inside = next((item.error for item in items if item.error), "")
    key = field.path or "extra"
    return replace(
        field,
        error=texts.get(key, "") or inside,
        items=items,
        fields=tuple(_marked(each, texts) for each in field.fields),
    )
