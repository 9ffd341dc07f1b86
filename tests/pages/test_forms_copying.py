"""A start as text to copy: what a shell makes of it is what was meant, and no secret is in it."""

from __future__ import annotations

import json
import shlex
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from maestro.runtime.pages.copying import Copied, copied

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def text_of(schema: Any, parameters: dict[str, Any], **more: Any) -> Copied:
    given: dict[str, Any] = {"secrets": {}, "endpoints": {}, "purpose": "practice", **more}
    return copied(
        base="https://maestro.example",
        workflow="acme/tried",
        version="1.0.0",
        schema=schema,
        parameters=parameters,
        **given,
    )


@given(parameters=st.dictionaries(texts, values, max_size=4))
@settings(max_examples=100)
def test_what_a_shell_reads_is_what_the_form_holds(parameters: dict[str, Any]) -> None:
    shown = text_of({}, parameters)
    words = shlex.split(shown.curl.replace(" \\\n  ", " "))
    body = json.loads(words[words.index("--data") + 1])
    assert body == {"workflow": "acme/tried", "version": "1.0.0", "parameters": parameters}
    assert "X-Purpose: practice" in words


def test_a_secret_parameter_is_withheld_wherever_it_stands() -> None:
    secret = {"type": "string", "x-secret": True}
    schema = {
        "properties": {
            "key": secret,
            "doors": {"type": "array", "items": {"properties": {"key": secret}}},
            "word": {"type": "string", "format": "password"},
        }
    }
    given = {"key": "canary-1", "doors": [{"key": "canary-2"}], "word": "canary-3"}
    shown = text_of(schema, given, secrets={"door": "front"})
    assert "canary" not in shown.curl + shown.mc
    assert "--secret door=front" in shown.mc


def test_a_secret_behind_a_reference_or_in_a_case_is_withheld_too() -> None:
    schema = {
        "$defs": {"key": {"x-secret": True}, "loop": {"$ref": "#/$defs/loop"}},
        "properties": {
            "key": {"$ref": "#/$defs/key"},
            "way": {"oneOf": [{"properties": {"key": {"$ref": "#/$defs/key"}}}]},
            "loop": {"$ref": "#/$defs/loop"},
        },
    }
    given = {"key": "canary-1", "way": {"key": "canary-2"}, "loop": [1], "other": "canary-3"}
    shown = text_of({**schema, "additionalProperties": {"x-secret": True}}, given)
    assert "canary" not in shown.curl + shown.mc
    assert "--param 'loop=[1]'" in shown.mc


def test_a_text_that_looks_like_json_stays_a_text() -> None:
    shown = text_of({}, {"a": "7", "b": 7, "c": "plain"})
    words = shlex.split(shown.mc.replace(" \\\n  ", " "))
    assert [each for each in words if "=" in each] == ['a="7"', "b=7", "c=plain"]


def test_without_a_purpose_a_word_stands_where_it_goes() -> None:
    shown = text_of({}, {}, purpose="")
    assert shown.purpose_missing
    assert "X-Purpose: PURPOSE" in shown.curl
