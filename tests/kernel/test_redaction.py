"""Redaction: no form of a secret is left in what is stored or shown."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.kernel.redaction import MASK, Redactor

CANARY = 'c4n/ry"+<ü> key&=%'

ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 without padding": lambda s: base64.b64encode(s.encode()).decode().rstrip("="),
    "base64url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "url path": quote,
    "url whole": lambda s: quote(s, safe=""),
    "url lower case": lambda s: re.sub("%..", lambda m: m[0].lower(), quote(s, safe="")),
    "form": quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
    "json in unicode": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "html": html.escape,
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "hex of Latin-1": lambda s: s.encode("latin-1").hex(),
    "base64 of Latin-1": lambda s: base64.b64encode(s.encode("latin-1")).decode(),
    "url in Latin-1": lambda s: quote(s.encode("latin-1"), safe=""),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_common_encoding_of_a_secret_is_masked(encoding: str) -> None:
    encoded = ENCODINGS[encoding](CANARY)
    assert Redactor([CANARY]).text(f"before {encoded} after") == f"before {MASK} after"


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "robot"])
def test_a_password_inside_a_basic_credential_is_masked(user: str) -> None:
    password = "correct horse battery"
    header = base64.b64encode(f"{user}:{password}".encode()).decode()
    shown = Redactor([password]).text(header)
    # What stays holds the user, and at most the bits that share a character with a neighbour.
    assert len(shown.replace(MASK, "")) <= len(base64.b64encode(f"{user}:".encode())) + 4
    assert MASK in shown


def test_a_secret_that_contains_another_leaves_no_rest() -> None:
    redactor = Redactor(["token", "token-of-the-robot"])
    assert redactor.text("token-of-the-robot and token") == f"{MASK} and {MASK}"


def test_a_short_secret_is_masked_only_where_it_is_the_whole_value() -> None:
    redactor = Redactor(["abc"])
    assert redactor.text("abc") == MASK
    assert redactor.text("the abc of it") == "the abc of it"


def test_an_empty_secret_masks_nothing() -> None:
    assert Redactor([""]).text("") == ""
    assert Redactor([""]).value({"a": ["b"]}) == {"a": ["b"]}


def test_each_line_of_a_key_file_is_masked() -> None:
    key = "-----BEGIN KEY-----\nMHcCAQEEIOaJ\nqq8iXw2bTz9k\n-----END KEY-----\n"
    shown = Redactor([key]).text("the file says qq8iXw2bTz9k here")
    assert shown == f"the file says {MASK} here"


def test_a_secret_with_a_line_break_at_its_end_is_masked_without_it() -> None:
    assert Redactor(["hunter22\n"]).text("pw=hunter22;") == f"pw={MASK};"


def test_keys_values_and_numbers_of_a_json_value_are_masked() -> None:
    redactor = Redactor(["hunter22", "123456"])
    value = {"a hunter22": [1, 123456, True, None, {"b": "x hunter22"}], "123456": 1.5}
    assert redactor.value(value) == {
        f"a {MASK}": [1, MASK, True, None, {"b": f"x {MASK}"}],
        MASK: 1.5,
    }


def test_keys_that_become_equal_all_stay() -> None:
    shown = Redactor(["hunter22", "hunter33"]).value({"hunter22": 1, "hunter33": 2})
    assert sorted(shown.values()) == [1, 2]


def test_the_value_that_was_given_is_not_changed() -> None:
    value = {"a": ["hunter22"]}
    Redactor(["hunter22"]).value(value)
    assert value == {"a": ["hunter22"]}


@given(
    secret=st.text(min_size=6, max_size=40).filter(lambda s: len(s.strip()) >= 6),
    before=st.text(max_size=10),
    after=st.text(max_size=10),
)
def test_no_text_holds_a_secret_afterwards(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    assert secret not in redactor.text(before + secret + after)
    if secret.isascii() and secret.isprintable():
        assert secret not in redactor.text(json.dumps({"k": before + secret + after}))
        assert quote_plus(secret) not in redactor.text(urlencode({"k": before + secret}))
