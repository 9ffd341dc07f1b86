"""Any supported schema renders, and any valid document survives form → document."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro.kernel.pages.shapes import same
from maestro.runtime.pages.fields import Form, posting
from maestro.runtime.pages.forms import describe
from maestro.runtime.pages.reading import read
from tests.pages.browser import faults, parse, untouched

ZONES = [UTC, ZoneInfo("Europe/Lisbon"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")]

names = st.text(min_size=1, max_size=12) | st.sampled_from(["a/b", "a~b", "é è", "p", "j", "-0"])
any_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
FIRST, LAST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2100-01-01")
moments = st.datetimes(FIRST, LAST, timezones=st.sampled_from(ZONES))


def _text(extra: dict[str, Any], values: st.SearchStrategy[str]) -> Any:
    return st.just(({"type": "string", **extra}, values))


texts = st.one_of(
    _text({}, st.text(max_size=30)),
    _text({}, st.text(alphabet="ab \n\r\t\0<>&\"'", max_size=12)),
    _text({"x-multiline": True}, st.text(alphabet="ab \n\r<", max_size=20)),
    _text({"maxLength": 500}, st.text(max_size=30)),
    _text({"minLength": 0}, st.text(max_size=3)),
    _text({"format": "email"}, st.emails()),
    _text({"format": "uri"}, st.just("https://example.com/a?b=1&c=ü")),
    _text({"format": "date"}, st.dates(date(1, 1, 1)).map(date.isoformat) | st.text(max_size=5)),
    _text({"format": "date-time"}, moments.map(datetime.isoformat)),
    _text(
        {"format": "date-time"},
        moments.map(lambda m: m.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
    ),
    _text({"format": "duration"}, st.just("P3DT4H")),
)
numbers = st.one_of(
    st.just(({"type": "integer", "minimum": -5, "multipleOf": 3}, st.integers())),
    st.just(
        ({"type": "integer"}, st.integers() | st.floats(allow_nan=False).filter(float.is_integer))
    ),
    st.just(({"type": "number", "maximum": 2.5}, st.floats(allow_nan=False, allow_infinity=False))),
)
flags = st.just(({"type": "boolean"}, st.booleans()))


@st.composite
def choices(draw: st.DrawFn) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    size = draw(st.sampled_from([7, 7, 30]))
    values = draw(st.lists(st.text(max_size=6) | any_json, min_size=1, max_size=size))
    if size == 30:
        values += [f"choice {at}" for at in range(21)]
    unique = [
        each for at, each in enumerate(values) if not any(same(each, one) for one in values[:at])
    ]
    if draw(st.booleans()):
        return {"enum": unique}, st.sampled_from(unique)
    return {"oneOf": [{"const": each, "title": f"T{at}"} for at, each in enumerate(unique)]}, (
        st.sampled_from(unique)
    )


@st.composite
def constants(draw: st.DrawFn) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    value = draw(any_json)
    return {"const": value}, st.just(value)


@st.composite
def nullable(draw: st.DrawFn) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    schema, values = draw(texts)
    return {**schema, "type": ["string", "null"]}, values | st.none()


scalars = st.one_of(texts, numbers, flags, choices(), constants())


@st.composite
def lists(draw: st.DrawFn) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    schema, values = draw(scalars)
    extra = draw(st.sampled_from([{}, {"minItems": 1}, {"minItems": 2, "maxItems": 9}]))
    return {"type": "array", "items": schema, **extra}, st.lists(
        values, min_size=extra.get("minItems", 0), max_size=4
    )


anything = st.just(({}, any_json))


@st.composite
def objects(draw: st.DrawFn, depth: int = 0) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    kinds = [scalars, scalars, lists(), nullable(), anything]
    if depth < 2:
        kinds += [objects(depth=depth + 1), tables(depth=depth + 1), cases(depth=depth + 1)]
    made = draw(st.dictionaries(names, st.one_of(*kinds), max_size=4))
    needed = [name for name in made if draw(st.booleans())]
    properties = {}
    for name, (schema, values) in made.items():
        with_default = draw(st.booleans()) and depth == 0
        properties[name] = {**schema, "default": draw(values)} if with_default else schema
    documents = st.fixed_dictionaries(
        {name: made[name][1] for name in needed},
        optional={name: values for name, (_, values) in made.items() if name not in needed},
    )
    return {"type": "object", "properties": properties, "required": needed}, documents


@st.composite
def cases(draw: st.DrawFn, depth: int) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    tells = draw(names)
    kinds: list[dict[str, Any]] = []
    documents: list[st.SearchStrategy[Any]] = []
    for told in draw(
        st.lists(st.sampled_from(["mail", "a/b", "x y", "ü"]), min_size=1, unique=True)
    ):
        schema, values = draw(objects(depth=depth))
        schema["properties"] = {**schema["properties"], tells: {"const": told}}
        schema["required"] = sorted({*schema["required"], tells})
        kinds.append(schema)
        documents.append(
            st.tuples(values, st.just(told)).map(lambda pair: {**pair[0], tells: pair[1]})
        )
    return {"oneOf": kinds}, st.one_of(*documents)


@st.composite
def tables(draw: st.DrawFn, depth: int) -> tuple[dict[str, Any], st.SearchStrategy[Any]]:
    schema, values = draw(objects(depth=depth))
    least = draw(st.sampled_from([0, 1]))
    return {"type": "array", "items": schema, "minItems": least}, (
        st.lists(values, min_size=least, max_size=3)
    )


def rendered(form: Form) -> str:
    return "".join(
        render_to_string("components/field.html", {"field": each}) for each in form.fields
    )


def with_defaults(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """What an execution gets: defaults filled in at the top."""
    given = {
        name: part["default"] for name, part in schema["properties"].items() if "default" in part
    }
    return {**given, **document}


@given(data=st.data(), zone=st.sampled_from(ZONES))
@settings(max_examples=150)
def test_any_valid_document_survives_the_form(data: st.DataObject, zone: Any) -> None:
    schema, documents = data.draw(objects())
    document = data.draw(documents)
    form = describe(schema, document, zone=zone)
    page = parse(rendered(form))
    assert faults(page) == []
    values, problems = read(schema, untouched(page), zone=zone)
    assert problems == ()
    assert same(with_defaults(schema, values), with_defaults(schema, document))


@given(data=st.data())
@settings(max_examples=60)
def test_what_the_module_expects_a_browser_to_post_is_what_the_page_posts(
    data: st.DataObject,
) -> None:
    schema, documents = data.draw(objects())
    form = describe(schema, data.draw(documents))
    expected: dict[str, list[str]] = {}
    for each in form.fields:
        expected |= posting(each)
    assert untouched(parse(rendered(form))) == expected


@given(data=st.data())
@settings(max_examples=60)
def test_a_new_form_renders_and_is_read_without_raising(data: st.DataObject) -> None:
    schema, _ = data.draw(objects())
    page = parse(rendered(describe(schema)))
    assert faults(page) == []
    read(schema, untouched(page))


@given(
    schema=any_json
    | st.dictionaries(
        st.sampled_from(
            [
                "type",
                "properties",
                "items",
                "enum",
                "oneOf",
                "required",
                "$ref",
                "minimum",
                "format",
            ]
        ),
        any_json,
    ),
    posted=st.dictionaries(
        st.sampled_from(["p/a", "j", "j/a", "p/a/0/b", "add", "drop", "up", "down", "change"]),
        st.lists(st.text(), max_size=3),
    ),
)
@settings(max_examples=150)
def test_no_schema_and_no_posting_make_it_raise(schema: Any, posted: dict[str, list[str]]) -> None:
    values, problems = read(schema, posted)
    rendered(describe(schema, values, problems))
