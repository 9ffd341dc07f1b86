"""A release on its way to another Maestro: what is taken in, and that nothing spoilt is."""

from __future__ import annotations

import gzip
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.trust.archive import pack, unpack
from governance.trust.attested import ATTESTATION, MANIFEST, BundleRefused, BundleUnreadable
from governance.trust.carried import RELEASE, SOURCE, carry, read_carried
from governance.trust.carried import WORKFLOW as DOCUMENT
from governance.trust.dsse import Envelope
from governance.trust.keys import PrivateKey, new_key
from governance.trust.statement import RELEASE_TYPE, sign_statement, statement
from maestro.kernel.canonical import digest_bytes
from tests.governance.trust.making import WORKFLOW, bundle
from tests.services_report import real_service

KEY, OTHER = new_key(), new_key()
TRUSTED = {KEY.public.id: KEY.public}
PREDICATE = {"publisher": "acme", "slug": "offboard", "number": "1.0.0"}


def signed(key: PrivateKey, document: bytes = WORKFLOW) -> Envelope:
    claim = statement(
        name="acme/offboard@1.0.0",
        digest=digest_bytes(document),
        predicate_type=RELEASE_TYPE,
        predicate=PREDICATE,
    )
    return sign_statement(claim, key)


def packed(
    key: PrivateKey = KEY, by: PrivateKey = KEY, document: bytes = WORKFLOW, **more: bytes
) -> bytes:
    return carry(
        envelope=signed(by),
        workflow=document,
        source=more.get("source", b"name: offboard"),
        media_type="application/yaml",
        signer=key,
    )


BUNDLE = packed()


def test_a_release_arrives_as_it_was_published() -> None:
    found = read_carried(BUNDLE, TRUSTED)
    assert found.statement["predicate"] == PREDICATE
    assert (found.workflow, found.source) == (WORKFLOW, b"name: offboard")
    assert found.digest == digest_bytes(WORKFLOW)
    assert (found.media_type, found.signers) == ("application/yaml", {KEY.public.id})
    assert packed() == BUNDLE


def test_it_is_believed_by_the_publishers_key_and_by_no_other() -> None:
    with pytest.raises(BundleRefused, match="0 of the keys"):
        read_carried(BUNDLE, {OTHER.public.id: OTHER.public})
    with pytest.raises(BundleRefused, match="0 of the keys"):
        read_carried(BUNDLE, {})


def without(name: str) -> bytes:
    """As a stranger would pack it who has the publisher's files: everything signed, one missing."""
    return pack({key: raw for key, raw in unpack(BUNDLE).items() if key != name})


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (packed(key=OTHER), "0 of the keys"),
        (packed(by=OTHER), "release.dsse.json: It is signed by 0 of the keys"),
        (packed(document=b"{}"), "workflow.json is not what release.dsse.json is about"),
        (pack(unpack(BUNDLE) | {SOURCE: b"name: other"}), "workflow.source is not what"),
        (pack(unpack(BUNDLE) | {"more": b""}), "more is not listed"),
        (without(DOCUMENT), "is listed in manifest.json and not there"),
        (pack(unpack(BUNDLE) | {RELEASE: unpack(BUNDLE)[ATTESTATION]}), "is not what"),
        (gzip.compress(gzip.decompress(BUNDLE)), "packed in another way"),
    ],
)
def test_the_first_difference_is_said(spoilt: bytes, why: str) -> None:
    with pytest.raises(BundleRefused, match=why):
        read_carried(spoilt, TRUSTED)


def test_another_kind_of_bundle_is_refused() -> None:
    with pytest.raises(BundleRefused, match="not of the type"):
        read_carried(bundle(KEY), TRUSTED)
    for raw in (b"", BUNDLE[:-20], without(MANIFEST), without(ATTESTATION)):
        with pytest.raises(BundleUnreadable):
            read_carried(raw, TRUSTED)


def test_one_that_is_too_large_is_not_unpacked() -> None:
    with pytest.raises(BundleUnreadable, match="larger than 16 MiB"):
        read_carried(gzip.compress(bytes(17 * 1024 * 1024)), TRUSTED)


def _flip(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :]


def _cut(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at + 1 + chance.randrange(40) :]


def _double(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    return raw[:at] + raw[at : at + 1 + chance.randrange(40)] + raw[at:]


@pytest.mark.parametrize("spoil", [_flip, _cut, _double])
def test_no_spoilt_byte_gets_through(spoil: Callable[[bytes, random.Random], bytes]) -> None:
    chance, tried = random.Random(spoil.__name__), 0
    while tried < 700:
        spoilt = spoil(BUNDLE, chance)
        if spoilt == BUNDLE:
            continue
        tried += 1
        with pytest.raises((BundleRefused, BundleUnreadable)):
            read_carried(spoilt, TRUSTED)


def test_cosign_verifies_the_release_without_us(tmp_path: Path) -> None:
    cosign = real_service("cosign")
    for name, raw in unpack(BUNDLE).items():
        (tmp_path / name).write_bytes(raw)
    command = [
        cosign, "verify-blob-attestation", "--key", "maestro.pub", "--insecure-ignore-tlog=true",
        "--signature", RELEASE, "--type", RELEASE_TYPE,
    ]  # fmt: skip
    good = subprocess.run([*command, DOCUMENT], cwd=tmp_path, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    (tmp_path / "other.json").write_bytes(WORKFLOW + b" ")
    bad = subprocess.run([*command, "other.json"], cwd=tmp_path, capture_output=True, check=False)
    assert bad.returncode != 0
