"""What others say of our bundles: the command, cosign and the in-toto project's own library."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from governance.signing import signing_ring
from governance.trust.archive import unpack
from governance.trust.evidence import ATTESTATION, MANIFEST
from governance.trust.keys import PrivateKey, new_key
from governance.trust.statement import EVIDENCE_TYPE
from tests.governance.trust.making import bundle
from tests.services_report import real_service

KEY = new_key()
EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "evidence"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A bundle, what is in it, and the key."""
    (tmp_path / "bundle.tar.gz").write_bytes(bundle(KEY))
    (tmp_path / "key.pub").write_bytes(KEY.public.pem)
    (tmp_path / "other.pub").write_bytes(new_key().public.pem)
    for name, raw in unpack(bundle(KEY)).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(raw)
    return tmp_path


def verify(*words: object) -> tuple[int, str]:
    """How the command ends, and what it says."""
    out = StringIO()
    try:
        call_command("verify_manifest", *map(str, words), stdout=out)
    except CommandError as problem:
        return problem.returncode, str(problem)
    return 0, out.getvalue()


def test_the_command_ends_with_0_verified_1_not_2_unreadable(files: Path) -> None:
    good, key = files / "bundle.tar.gz", files / "key.pub"
    ended, said = verify(good, "--key", key)
    assert (ended, KEY.public.id in said) == (0, True)
    ended, said = verify(good, "--key", files / "other.pub")
    assert (ended, "Not verified" in said) == (1, True)
    spoilt = files / "spoilt.tar.gz"
    spoilt.write_bytes(good.read_bytes()[:-100] + bytes(100))
    assert verify(spoilt, "--key", key)[0] == 2
    assert verify(files / "none.tar.gz", "--key", key)[0] == 2
    assert verify(good, "--key", good)[0] == 2
    assert verify(good, "--key", key, "--threshold", "2")[0] == 1


def test_without_a_key_the_ring_of_this_maestro_is_trusted(files: Path) -> None:
    signer = signing_ring().signer
    assert isinstance(signer, PrivateKey)
    ours = files / "ours.tar.gz"
    ours.write_bytes(bundle(signer))
    assert verify(ours)[0] == 0
    assert verify(files / "bundle.tar.gz")[0] == 1


@pytest.fixture
def cosign() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`cosign verify-blob-attestation`, offline."""
    program = real_service("cosign")

    def run(
        folder: Path, *, key: str = "key.pub", kind: str = EVIDENCE_TYPE
    ) -> subprocess.CompletedProcess[str]:
        words = ["--key", key, "--signature", ATTESTATION, "--type", kind]
        return subprocess.run(
            [program, "verify-blob-attestation", "--insecure-ignore-tlog=true", *words, MANIFEST],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def test_cosign_verifies_it(
    files: Path, cosign: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    assert cosign(files).returncode == 0, cosign(files).stderr
    assert cosign(files, key="other.pub").returncode != 0
    assert cosign(files, kind="https://maestro.example/other").returncode != 0
    (files / MANIFEST).write_bytes((files / MANIFEST).read_bytes() + b"\n")
    assert cosign(files).returncode != 0


def test_the_in_toto_projects_library_verifies_it(files: Path) -> None:
    envelope = Envelope.from_dict(json.loads((files / ATTESTATION).read_text()))
    key = SSlibKey.from_crypto(KEY._key.public_key(), KEY.public.id)
    assert list(envelope.verify([key], 1)) == [KEY.public.id]
    other = new_key()
    with pytest.raises(VerificationError):
        envelope.verify([SSlibKey.from_crypto(other._key.public_key(), other.public.id)], 1)


def test_the_examples_evidence_verifies_with_its_key_and_with_no_other() -> None:
    bundles = sorted(EXAMPLES.glob("*.tar.gz"))
    assert len(bundles) >= 2
    for each in bundles:
        assert verify(each, "--key", EXAMPLES / "signing-keys.pem")[0] == 0
        assert verify(each)[0] == 1
