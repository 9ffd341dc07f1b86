"""DSSE envelopes: what is signed, who is counted, what is refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from governance.trust.dsse import EnvelopeRefused, encoded, read_envelope, sign, verify
from governance.trust.keys import new_key
from governance.trust.statement import (
    RECEIPT_TYPE,
    sign_statement,
    statement,
    verify_statement,
)
from maestro.kernel.canonical import canonical_bytes

KEY, OTHER, STRANGER = new_key(), new_key(), new_key()
TRUSTED = {key.public.id: key.public for key in (KEY, OTHER)}
CLAIM = statement(
    name="a", digest="sha256:" + "0" * 64, predicate_type=RECEIPT_TYPE, predicate={"b": 1}
)


def test_what_is_signed_is_the_encoding_of_the_protocol() -> None:
    assert (
        encoded("http://example.com/HelloWorld", b"hello world")
        == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert encoded("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_each_key_counts_once_however_often_it_signed() -> None:
    twice = sign("t", b"x", KEY, KEY)
    assert verify(twice, TRUSTED) == {KEY.public.id}
    with pytest.raises(EnvelopeRefused, match="1 of the keys"):
        verify(twice, TRUSTED, threshold=2)
    assert len(verify(sign("t", b"x", KEY, OTHER), TRUSTED, threshold=2)) == 2


def test_a_strangers_signature_counts_for_nothing() -> None:
    with pytest.raises(EnvelopeRefused, match="0 of the keys"):
        verify(sign("t", b"x", STRANGER), TRUSTED)
    assert verify(sign("t", b"x", STRANGER, KEY), TRUSTED) == {KEY.public.id}


def test_the_key_id_decides_nothing() -> None:
    value = sign("t", b"x", STRANGER).as_dict()
    value["signatures"][0]["keyid"] = KEY.public.id
    with pytest.raises(EnvelopeRefused, match="does not verify"):
        verify(read_envelope(json.dumps(value).encode()), TRUSTED)
    value = sign("t", b"x", KEY).as_dict()
    value["signatures"][0]["keyid"] = "whoever"
    assert verify(read_envelope(json.dumps(value).encode()), TRUSTED) == {KEY.public.id}


def test_one_type_is_not_taken_for_another() -> None:
    value = sign("t", b"x", KEY).as_dict() | {"payloadType": "u"}
    with pytest.raises(EnvelopeRefused):
        verify(read_envelope(json.dumps(value).encode()), TRUSTED)


def _changed(**changes: Any) -> bytes:
    return json.dumps(sign("t", b"xy", KEY).as_dict() | changes).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"payload": "", "payload": "", "payloadType": "t", "signatures": []}',
        _changed(payload=1),
        _changed(payload="a"),
        _changed(payload="eHk"),
        _changed(payload="eHl="),
        _changed(payload="eHk=\n"),
        _changed(payloadType=None),
        _changed(signatures={}),
        _changed(signatures=[{}]),
        _changed(signatures=[{"keyid": 1, "sig": ""}]),
        _changed(more=1),
    ],
)
def test_what_is_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(EnvelopeRefused):
        read_envelope(raw)


def test_a_signed_statement_is_read_back() -> None:
    envelope = sign_statement(CLAIM, KEY)
    raw = canonical_bytes(envelope.as_dict())
    found = verify_statement(raw, TRUSTED, predicate_type=RECEIPT_TYPE)
    assert found == (CLAIM, {KEY.public.id})


@pytest.mark.parametrize(
    "claim",
    [
        [],
        CLAIM | {"_type": "https://in-toto.io/Statement/v0.1"},
        CLAIM | {"predicateType": RECEIPT_TYPE + "/2"},
        CLAIM | {"predicate": None},
        CLAIM | {"subject": []},
        CLAIM | {"subject": CLAIM["subject"] * 2},
        CLAIM | {"subject": [{"name": "a", "digest": {"sha256": "0" * 63}}]},
        CLAIM | {"subject": [{"name": "a", "digest": {"sha256": "G" * 64}}]},
    ],
)
def test_a_signed_payload_that_is_no_such_statement_is_refused(claim: Any) -> None:
    envelope = sign_statement(claim, KEY)
    with pytest.raises(EnvelopeRefused):
        verify_statement(envelope, TRUSTED, predicate_type=RECEIPT_TYPE)


def test_a_statement_under_another_media_type_is_refused() -> None:
    envelope = sign("application/json", canonical_bytes(CLAIM), KEY)
    with pytest.raises(EnvelopeRefused, match="payload is no"):
        verify_statement(envelope, TRUSTED, predicate_type=RECEIPT_TYPE)


def test_a_payload_that_gives_a_name_twice_is_refused() -> None:
    raw = canonical_bytes(CLAIM).replace(b"{", b'{"_type":"x",', 1)
    envelope = sign("application/vnd.in-toto+json", raw, KEY)
    with pytest.raises(EnvelopeRefused, match="twice"):
        verify_statement(envelope, TRUSTED, predicate_type=RECEIPT_TYPE)
    assert base64.b64decode(envelope.as_dict()["payload"]) == raw
