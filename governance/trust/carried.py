"""A release on its way to another Maestro, which may have no network. Pure.

A signed bundle (`governance/trust/attested.py`) with the frozen document, what its author wrote, and
the release's own attestation as it was signed when it was published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from governance.trust.archive import ArchiveUnreadable, unpack
from governance.trust.attested import (
    ATTESTATION,
    KEY,
    MANIFEST,
    README_NAME,
    BundleRefused,
    BundleUnreadable,
    attested,
    check_packing,
    read_attested,
    read_signed,
)
from governance.trust.dsse import Envelope, EnvelopeRefused, read_envelope
from governance.trust.keys import PublicKey, Signer
from governance.trust.statement import CARRIED_TYPE, RELEASE_TYPE
from maestro.kernel.canonical import canonical_bytes, digest_bytes
from maestro.kernel.strict_json import read_strictly

WORKFLOW = "workflow.json"
SOURCE = "workflow.source"
RELEASE = "release.dsse.json"
LARGEST = 16 * 1024 * 1024  # bytes, unpacked: a document has at most one MiB
_MEMBERS = {MANIFEST, ATTESTATION, README_NAME, KEY, WORKFLOW, SOURCE, RELEASE}

README = f"""\
# One release of a Maestro workflow

| file | what it is |
| --- | --- |
| `release.dsse.json` | what was signed when it was published: reviews, controls, reach (DSSE) |
| `workflow.json` | the document that it is about, in its canonical bytes (RFC 8785) |
| `workflow.source` | the document as its author wrote it |
| `attestation.dsse.json` | who packed this: an in-toto Statement v1 about `manifest.json`, signed |
| `manifest.json` | every other file here, with size and SHA-256 |
| `maestro.pub` | the public key of whoever packed it |

**Take the publisher's key from the publisher, not from here.** Then, on the Maestro that is to have it:

    python manage.py trust_publisher PUBLISHER THEIR.pub
    python manage.py import_release RELEASE.tar.gz

With cosign, and nothing of Maestro:

    cosign verify-blob-attestation --key THEIR.pub --insecure-ignore-tlog=true \\
        --signature release.dsse.json --type {RELEASE_TYPE} workflow.json
"""


@dataclass(frozen=True, slots=True)
class Carried:
    """A release that verified: its statement, its envelope, its document's bytes and source."""

    statement: Mapping[str, Any]
    envelope: Envelope
    workflow: bytes
    source: bytes
    media_type: str
    signers: frozenset[str]

    @property
    def digest(self) -> str:
        """Of the document, as the statement has it."""
        return digest_bytes(self.workflow)


def carry(
    *, envelope: Envelope, workflow: bytes, source: bytes, media_type: str, signer: Signer
) -> bytes:
    """The bundle of one release; the same bytes for the same release and key.

    `workflow` is the frozen document's canonical bytes, which `envelope` is about.
    """
    members = {
        WORKFLOW: workflow,
        SOURCE: source,
        RELEASE: canonical_bytes(envelope.as_dict()),
    }
    return attested(
        members,
        readme=README,
        predicate_type=CARRIED_TYPE,
        predicate={"document": digest_bytes(workflow), "mediaType": media_type},
        signer=signer,
    )


def claimed_publisher(raw: bytes) -> str:
    """Whose release a bundle says it holds; empty where it says nothing. Nothing is verified: it
    tells whose keys to verify it by. Raises `BundleUnreadable` or `BundleRefused`.
    """
    try:
        members = unpack(raw, largest=LARGEST)
    except ArchiveUnreadable as problem:
        raise BundleUnreadable(str(problem)) from None
    if RELEASE not in members:
        raise BundleUnreadable(f"It is no bundle of a release: it holds no {RELEASE}.")
    try:
        claim = read_strictly(read_envelope(members[RELEASE]).payload)
        publisher = claim["predicate"]["publisher"]
    except (EnvelopeRefused, ValueError, KeyError, TypeError):
        raise BundleRefused(f"{RELEASE} can't be read.") from None
    return publisher if isinstance(publisher, str) else ""


def read_carried(raw: bytes, keys: Mapping[str, PublicKey]) -> Carried:
    """The release in a bundle, to somebody who trusts `keys`, the publisher's.

    They signed the release itself and the bundle. Raises `BundleUnreadable` or `BundleRefused`.
    """
    found = read_attested(
        raw, keys, kind="bundle of a release", predicate_type=CARRIED_TYPE, largest=LARGEST
    )
    members = found.members
    for name in sorted(_MEMBERS - set(members)):
        raise BundleRefused(f"It holds no {name}.")
    for name in sorted(set(members) - _MEMBERS):
        raise BundleRefused(f"{name} does not belong into a bundle of a release.")
    claim, signers = read_signed(RELEASE, members[RELEASE], keys, predicate_type=RELEASE_TYPE)
    digest = digest_bytes(members[WORKFLOW])
    if claim["subject"][0]["digest"]["sha256"] != digest.removeprefix("sha256:"):
        raise BundleRefused(f"{WORKFLOW} is not what {RELEASE} is about.")
    if found.predicate.get("document") != digest:
        raise BundleRefused(f"{WORKFLOW} is not what {ATTESTATION} speaks of.")
    check_packing(raw, members)
    return Carried(
        statement=claim,
        envelope=read_envelope(members[RELEASE]),
        workflow=members[WORKFLOW],
        source=members[SOURCE],
        media_type=str(found.predicate.get("mediaType", "")),
        signers=signers,
    )
