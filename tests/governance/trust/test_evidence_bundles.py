"""Evidence bundles: what verifies, and that nothing that was changed does."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Callable

import pytest

from governance.trust.archive import pack, unpack
from governance.trust.evidence import (
    ATTESTATION,
    MANIFEST,
    BundleRefused,
    BundleUnreadable,
    make_bundle,
    verify_bundle,
)
from governance.trust.keys import new_key
from governance.trust.statement import EVIDENCE_TYPE, sign_statement, statement
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from tests.governance.trust.making import RECEIPT, WORKFLOW, bundle, record

KEY, OTHER = new_key(), new_key()
TRUSTED = {KEY.public.id: KEY.public}
BUNDLE = bundle(KEY)


def test_a_bundle_verifies_by_its_key_and_by_no_other() -> None:
    found = verify_bundle(BUNDLE, TRUSTED)
    assert found.record == record()
    assert found.signers == {KEY.public.id}
    assert found.digest == digest_bytes(BUNDLE)
    with pytest.raises(BundleRefused, match="0 of the keys"):
        verify_bundle(BUNDLE, {OTHER.public.id: OTHER.public})


def test_the_same_execution_has_the_same_bytes() -> None:
    assert bundle(KEY) == BUNDLE
    assert bundle(KEY, steps=[]) != BUNDLE


def test_any_tar_program_unpacks_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(BUNDLE), mode="r:gz") as archive:
        names = archive.getnames()
        assert all(member.mtime == 0 and member.uid == 0 for member in archive)
    assert names == sorted(names)
    assert "receipts/r1.dsse.json" in names
    assert pack(unpack(BUNDLE)) == BUNDLE


def test_a_large_one_is_read_back_and_one_too_large_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    members = {"a": bytes(200_000), "b": b""}
    assert unpack(pack(members)) == members
    monkeypatch.setattr("governance.trust.archive.LARGEST", 100_000)
    with pytest.raises(ValueError, match="larger than"):
        unpack(pack(members))


def test_two_signers_count_as_two() -> None:
    keys = TRUSTED | {OTHER.public.id: OTHER.public}
    with pytest.raises(BundleRefused, match="1 of the keys that are trusted; 2 must"):
        verify_bundle(BUNDLE, keys, threshold=2)


# ── what was changed ──────────────────────────────────────────────────────────────────────────


def _with(**members: bytes | None) -> bytes:
    """The bundle with members put in, replaced or (None) taken out."""
    names = {"attestation": ATTESTATION, "manifest": MANIFEST, "workflow": "workflow.json"}
    changed: dict[str, bytes | None] = {
        **unpack(BUNDLE),
        **{names.get(name, name): raw for name, raw in members.items()},
    }
    return pack({name: raw for name, raw in changed.items() if raw is not None})


def _envelope(change: Callable[[dict[str, object]], object]) -> bytes:
    value = json.loads(unpack(BUNDLE)[ATTESTATION])
    change(value)
    return _with(attestation=canonical_bytes(value))


def _signature(value: dict[str, object]) -> dict[str, str]:
    signatures = value["signatures"]
    assert isinstance(signatures, list)
    found: dict[str, str] = signatures[0]
    return found


def _signed_twice(value: dict[str, object]) -> None:
    signatures = value["signatures"]
    assert isinstance(signatures, list)
    signatures.append(dict(signatures[0]))


def _resigned() -> bytes:
    """By a stranger, who changed what ran."""
    return bundle(OTHER, steps=[])


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (_with(workflow=WORKFLOW + b" "), "workflow.json is not what manifest.json lists"),
        (_with(workflow=None), "workflow.json is listed in manifest.json and not there"),
        (_with(extra=b"x"), "extra is not listed"),
        (_with(manifest=b"{}"), "manifest.json can't be read"),
        (_with(manifest=unpack(BUNDLE)[MANIFEST] + b"\n"), "not in its canonical form"),
        (_envelope(lambda value: value.update(payloadType="x")), "payload is no"),
        (_envelope(lambda value: value.update(payload="e30=")), "does not verify"),
        (_envelope(lambda value: value.update(signatures=[])), "0 of the keys"),
        (_envelope(lambda value: _signature(value).update(keyid="x")), "another key's id"),
        (_envelope(lambda value: _signature(value).update(sig="AAAA")), "does not verify"),
        (_envelope(_signed_twice), "a signature too many"),
        (_with(attestation=unpack(BUNDLE)[ATTESTATION] + b" "), "not in its canonical form"),
        (_resigned(), "0 of the keys"),
        (gzip.compress(gzip.decompress(BUNDLE)), "packed in another way"),
        (gzip.compress(gzip.decompress(BUNDLE) + bytes(512), 0), "packed in another way"),
    ],
)
def test_the_first_difference_is_said(spoilt: bytes, why: str) -> None:
    with pytest.raises(BundleRefused, match=why):
        verify_bundle(spoilt, TRUSTED)


def test_a_record_must_agree_with_what_lies_beside_it() -> None:
    for changes, why in [
        ({"workflow": {"digest": digest_bytes(b"")}}, "not the workflow that ran"),
        ({"workflow": None}, "not the workflow that ran"),
        ({"receipts": None}, "lists no receipts"),
        ({"receipts": []}, "does not belong"),
        ({"receipts": [{"id": "r1", "digest": digest_bytes(b"")}]}, "not the receipt"),
        ({"receipts": [*record()["receipts"], {"id": "r2"}]}, "r2.dsse.json is listed"),
    ]:
        with pytest.raises(BundleRefused, match=why):
            verify_bundle(bundle(KEY, **changes), TRUSTED)


def test_a_strangers_receipt_in_a_signed_bundle_is_refused() -> None:
    raw = make_bundle(
        record=record(),
        workflow=WORKFLOW,
        receipts={"r1": sign_statement(RECEIPT, OTHER)},
        signer=KEY,
    )
    with pytest.raises(BundleRefused, match=r"r1\.dsse\.json: It is signed by 0"):
        verify_bundle(raw, TRUSTED)


def test_an_attestation_of_another_manifest_is_refused() -> None:
    claim = statement(
        name=MANIFEST,
        digest=digest_bytes(b"another"),
        predicate_type=EVIDENCE_TYPE,
        predicate=record(),
    )
    attestation = canonical_bytes(sign_statement(claim, KEY).as_dict())
    with pytest.raises(BundleRefused, match=r"about another manifest\.json"):
        verify_bundle(_with(attestation=attestation), TRUSTED)


def _tar(*members: tarfile.TarInfo) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return raw.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _huge() -> bytes:
    """A header that says a member is of 8 GiB, and nothing behind it."""
    info = _member("a")
    info.size = 8 * 1024**3 - 1
    return gzip.compress(info.tobuf(tarfile.USTAR_FORMAT))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no gzip|in the middle"),
        (b"hello", "no gzip"),
        (BUNDLE[:-9], "in the middle"),
        (gzip.compress(b"hello"), "no tar"),
        (_tar(_member("../etc/passwd")), "no plain path"),
        (_tar(_member("/etc/passwd")), "no plain path"),
        (_tar(_member("a/../b")), "no plain path"),
        (_tar(_member("a\nb")), "no plain path"),
        (_tar(_member("a", tarfile.SYMTYPE, "/etc/passwd")), "no plain file"),
        (_tar(_member("a", tarfile.LNKTYPE, "b")), "no plain file"),
        (_tar(_member("a", tarfile.DIRTYPE)), "no plain file"),
        (_tar(_member("a", tarfile.CHRTYPE)), "no plain file"),
        (_tar(_member("a"), _member("a")), "twice"),
        (_tar(*(_member(f"a{n}") for n in range(10_001))), "more than"),
        (_huge(), "no tar|cut short"),
        (_tar(_member(MANIFEST)), "holds no attestation"),
    ],
    ids=lambda value: value if isinstance(value, str) else "raw",  # a gzip file tells the time
)
def test_what_is_no_bundle_is_unreadable(raw: bytes, why: str) -> None:
    with pytest.raises(BundleUnreadable, match=why):
        verify_bundle(raw, TRUSTED)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.trust.archive.LARGEST", 1_000_000)
    with pytest.raises(BundleUnreadable, match="larger than"):
        verify_bundle(gzip.compress(bytes(50_000_000)), TRUSTED)


def test_ten_thousand_mutations_are_all_refused() -> None:
    """Bits, bytes and pieces, in the archive as it lies there and in each of its members."""
    chance = random.Random(20_260_102)
    members = unpack(BUNDLE)
    refused = 0
    for n in range(10_000):
        if n % 2:
            name = chance.choice(sorted(members))
            spoilt = pack(members | {name: _spoilt(members[name], chance)})
        else:
            spoilt = _spoilt(BUNDLE, chance)
        try:
            verify_bundle(spoilt, TRUSTED)
        except (BundleRefused, BundleUnreadable):
            refused += 1
    assert refused == 10_000


def _spoilt(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    match chance.randrange(5):
        case 0:
            return raw[:at] + bytes([raw[at] ^ (1 << chance.randrange(8))]) + raw[at + 1 :]
        case 1:
            return raw[:at] + raw[at + 1 + chance.randrange(8) :]
        case 2:
            return raw[:at] + bytes([chance.randrange(256)]) + raw[at:]
        case 3:
            return raw[:at] + raw[at:] + bytes([chance.randrange(256)])
    other = chance.randrange(len(raw))
    low, high = sorted((at, other))
    return raw[:low] + raw[high:] + raw[low:high] if 0 < low < high else raw[1:]
