"""A bundle as OPA takes it: signed, the same bytes each time, and refused when anything is amiss."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from pathlib import Path

import pytest

from governance.policy.bundle import BrokenBundle, bundle_of, load_bundle
from governance.policy.packed import SIGNATURES, pack_bundle, read_bundle
from governance.trust.archive import ArchiveUnreadable, pack, unpack
from governance.trust.keys import new_key
from tests.services_report import real_service

KEY = new_key()
KEYS = {KEY.public.id: KEY.public}
HIDDEN = {".manifest", SIGNATURES}
PACKED = pack_bundle(load_bundle(), KEY)


def changed(**files: bytes | None) -> bytes:
    members = unpack(PACKED, hidden=HIDDEN)
    for name, raw in files.items():
        if raw is None:
            members.pop(name)
        else:
            members[name] = raw
    return pack(members, hidden=HIDDEN)


def test_it_reads_back_as_what_was_packed() -> None:
    again = read_bundle(PACKED, KEYS)
    assert again.files == load_bundle().files
    assert again.revision == load_bundle().revision
    assert pack_bundle(again, KEY) == PACKED


def test_its_tests_are_no_part_of_its_revision() -> None:
    files = dict(load_bundle().files)
    assert bundle_of({**files, "tests/data.json": b"{}"}).revision == load_bundle().revision
    assert bundle_of({**files, "data.json": b"{}"}).revision != load_bundle().revision


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({SIGNATURES: None}, "not signed"),
        ({SIGNATURES: b"{}"}, "not signed"),
        ({SIGNATURES: b'{"signatures": []}'}, "not signed"),
        ({SIGNATURES: b'{"signatures": ["a.b"]}'}, "not signed"),
        ({SIGNATURES: b'{"signatures": ["a.b.c"]}'}, "no JWT"),
        ({SIGNATURES: b'{"signatures": ["a.b.c", "a.b.c"]}'}, "not signed"),
        ({"authz.rego": b"package maestro.authz\n"}, "not what was signed"),
        ({"data.json": b"{}"}, "not what was signed"),
        ({"data.json": b"{"}, "no JSON"),
        ({"more.rego": b"package maestro.more\n"}, "covers other files"),
        ({"authz.rego": None}, "covers other files"),
        ({".manifest": b'{"revision":"r-0","roots":["maestro","tests"]}'}, "not what was signed"),
    ],
)
def test_what_was_changed_is_refused(files: dict[str, bytes | None], why: str) -> None:
    with pytest.raises(BrokenBundle, match=why):
        read_bundle(changed(**files), KEYS)


def test_white_space_in_data_changes_nothing_for_opa_but_the_revision_for_us() -> None:
    data = load_bundle().files["data.json"]
    with pytest.raises(BrokenBundle, match="manifest"):
        read_bundle(changed(**{"data.json": data + b"\n"}), KEYS)


def test_another_key_or_algorithm_is_refused() -> None:
    other = new_key()
    with pytest.raises(BrokenBundle, match="not signed by a key"):
        read_bundle(PACKED, {other.public.id: other.public})
    token = json.loads(unpack(PACKED, hidden=HIDDEN)[SIGNATURES])["signatures"][0]
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    forged = json.dumps({"signatures": [f"{none}.{token.split('.')[1]}."]}).encode()
    with pytest.raises(BrokenBundle):
        read_bundle(changed(**{SIGNATURES: forged}), KEYS)


def test_no_byte_of_it_can_be_another() -> None:
    chance = random.Random(5)
    for _ in range(400):
        raw = bytearray(PACKED)
        at = chance.randrange(len(raw))
        raw[at] ^= 1 << chance.randrange(8)
        try:
            read = read_bundle(bytes(raw), KEYS)
        except BrokenBundle:
            continue
        # What gzip and tar say beside the files may differ, the files may not.
        assert read.files == load_bundle().files


def test_it_must_fit() -> None:
    with pytest.raises(BrokenBundle, match="no bundle"):
        read_bundle(b"no archive", KEYS)
    with pytest.raises(ArchiveUnreadable, match="larger"):
        unpack(PACKED, hidden=HIDDEN, largest=1024)


def test_only_an_archive_that_asks_for_them_has_hidden_members() -> None:
    with pytest.raises(ArchiveUnreadable, match="no plain path"):
        unpack(PACKED)
    with pytest.raises(ValueError, match="plain name"):
        pack({".manifest": b""})


def test_opa_verifies_it_and_refuses_another_key(tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_bytes(PACKED)
    for key, fits in ((KEY, True), (new_key(), False)):
        (tmp_path / "key.pub").write_bytes(key.public.pem)
        ran = subprocess.run(
            [
                *(real_service("opa"), "build", "--bundle", "b.tar.gz", "--output", "again.tar.gz"),
                *("--verification-key", "key.pub", "--verification-key-id", key.public.id),
                *("--signing-alg", "ES256"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode == 0) is fits, ran.stdout + ran.stderr
