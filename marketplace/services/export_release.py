from __future__ import annotations

from dataclasses import dataclass

from catalog.services.read_document import document_of
from governance.services.authorize import authorize
from governance.signing import signing_ring
from governance.trust.carried import carry
from governance.trust.dsse import EnvelopeRefused
from governance.trust.statement import RELEASE_TYPE, signed_statement, verify_statement
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, TenantRequired
from maestro.kernel.tenant import tenant_scope
from marketplace.models import Release
from marketplace.policies import EXPORT
from marketplace.services.find_release import find_release


class SignedElsewhere(Conflict):
    """Only the Maestro that published a release packs it: its key is the one others trust."""

    code = "signed_elsewhere"


@dataclass(frozen=True, slots=True)
class Exported:
    """The bundle, and a name for its file."""

    content: bytes
    name: str


def export_release(*, actor: Actor, address: str) -> Exported:
    """A release, `publisher/slug@number` or the latest, packed for another Maestro, signed.

    Whoever finds it may take it along; it holds the document, no parameters and no secrets. The
    other one believes it by the publisher's key (`import_release`). Raises `NotFound`, `Denied`,
    `SignedElsewhere`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose the tenant for which you take it along.")
    tenant_id = actor.tenant_id
    with tenant_scope(tenant_id):
        found = find_release(tenant_id=tenant_id, address=address)
        authorize(actor=actor, action=EXPORT, resource=found.as_seen_by(tenant_id))
        return _packed(found.release)


def _packed(release: Release) -> Exported:
    envelope = signed_statement(release.statement, release.signatures)
    ring = signing_ring()
    try:
        verify_statement(envelope, ring.trusted, predicate_type=RELEASE_TYPE)
    except EnvelopeRefused:
        raise SignedElsewhere(
            f"{release} was not signed by this Maestro.",
            hint="Ask the Maestro that published it for the bundle.",
        ) from None
    content = carry(
        envelope=envelope,
        workflow=document_of(release.version).canonical,
        source=release.version.source.encode(),
        media_type=release.version.media_type,
        signer=ring.signer,
    )
    return Exported(content, f"{release.publisher}-{release.slug}-{release.number}.release.tar.gz")
