from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.capabilities import capabilities
from catalog.diff import compare
from catalog.document import Document, load_frozen
from catalog.models import Visibility, WorkflowTemplate, WorkflowVersion
from catalog.services.examine_document import parse_for
from catalog.services.freeze_version import freeze_version
from catalog.services.read_document import document_of
from connectors.registry import registry
from governance.models import TrustedKey
from governance.services.authorize import authorize
from governance.services.trusted_keys import trusted_keys
from governance.trust.attested import BundleRefused, BundleUnreadable
from governance.trust.carried import Carried, claimed_publisher, read_carried
from maestro.kernel.actor import Actor, ActorKind
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.kernel.outbox import publish_event
from maestro.kernel.strict_json import read_strictly
from maestro.kernel.tenant import tenant_scope
from marketplace.models import Release
from marketplace.policies import IMPORT, carried_resource
from marketplace.services.audience import find_audience, write_audience
from marketplace.services.release_receipt import release_receipt
from marketplace.services.request_publish import AlreadyPublished, facts_of
from marketplace.services.show_release import show_release


class ReleaseBundleRefused(Conflict):
    """A bundle of a release does not verify, or is none; nothing was imported."""

    code = "release_bundle_refused"


class PublisherNotTrusted(Conflict):
    """No key of the publisher that it names is trusted here."""

    code = "publisher_not_trusted"


@dataclass(frozen=True, slots=True)
class Imported:
    """The release, and whether this call made it or it was here already."""

    release: Release
    created: bool


def import_release(
    *, actor: Actor, raw: bytes, visibility: str = "", audience: Iterable[str] = ()
) -> Imported:
    """Take a release in that another Maestro packed (`export_release`).

    Its publisher's keys must be trusted here (`trust_publisher`); the key in the bundle never
    counts. `visibility` says who finds it here: `public-ecosystem`, or `partner-curated` for the
    tenants in `audience`; if empty, the one or the other, by whether `audience` names somebody. The
    same release again changes nothing. Raises `ReleaseBundleRefused`, `PublisherNotTrusted`,
    `InvalidInput` with every problem, `DocumentInvalid` where this Maestro lacks what it calls,
    `AlreadyPublished` for another document under a number there is, `Denied`.
    """
    names = list(audience)
    visibility = visibility or (Visibility.PARTNERS if names else Visibility.PUBLIC)
    publisher = _claimed(raw)
    holder = TrustedKey.objects.filter(publisher=publisher, revoked_at=None).first()
    if holder is None:
        raise PublisherNotTrusted(
            f"No key of {publisher} is trusted here." if publisher else "It names no publisher.",
            hint="Get the public keys from the publisher, then run trust_publisher.",
        )
    carried = _read(raw, publisher)
    document = load_frozen(read_strictly(carried.workflow))
    claim = carried.statement["predicate"]
    _check_claim(claim, document, publisher)
    with tenant_scope(holder.holder_id):
        address = f"{publisher}/{document.name}@{document.version}"
        decision = authorize(
            actor=actor,
            action=IMPORT,
            resource=carried_resource(holder.holder_id, address, document.risk),
        )
        named, problems = find_audience(holder.holder_id, names, must_exist=True)
        problems += _wrong_visibility(visibility, names)
        if problems:
            raise InvalidInput("It can't be imported like this.", problems=problems)
        known = (
            Release.objects.for_tenant(holder.holder_id)
            .filter(slug=document.name, number=document.version)
            .first()
        )
        if known is not None:
            return Imported(_same(known, carried), created=False)
        frozen = _freeze(holder.holder_id, publisher, carried)
        template = _template(frozen, document, publisher)
        release = _release(template, frozen, document, carried)
        show_release(
            template,
            release,
            document=document,
            visibility=visibility,
            author_name=str(claim.get("author", ""))[:254],
        )
        if names:
            write_audience(template, named)
        release_receipt(
            kind=IMPORT,
            release=release,
            actor=actor,
            decision=decision,
            signed_by=sorted(carried.signers),
            visibility=visibility,
        )
        publish_event("release.imported", subject=str(release.pk), by=actor, release=address)
    return Imported(release, created=True)


def _claimed(raw: bytes) -> str:
    try:
        return claimed_publisher(raw)
    except (BundleRefused, BundleUnreadable) as problem:
        raise _refused(problem) from None


def _read(raw: bytes, publisher: str) -> Carried:
    try:
        return read_carried(raw, trusted_keys(publisher))
    except (BundleRefused, BundleUnreadable) as problem:
        raise _refused(problem) from None


def _refused(problem: Exception) -> ReleaseBundleRefused:
    return ReleaseBundleRefused(
        f"The bundle can't be taken in. {problem}",
        hint="Ask for it again, and compare its SHA-256 with the sender's.",
    )


def _check_claim(claim: Any, document: Document, publisher: str) -> None:
    """The statement and the document it is about name the same release."""
    said = (claim.get("publisher"), claim.get("workflow"), claim.get("number"))
    if said != (publisher, document.name, document.version):
        raise ReleaseBundleRefused(
            "What was signed names another release than the document.",
            hint="Ask the publisher for the bundle.",
        )


def _wrong_visibility(visibility: str, names: list[str]) -> list[Problem]:
    if visibility == Visibility.PUBLIC and not names:
        return []
    if visibility == Visibility.PARTNERS and names:
        return []
    message = "Let everybody find it, or name the tenants that do."
    return [Problem("/visibility", message, "unknown_choice", "Nobody works in its own tenant.")]


def _same(known: Release, carried: Carried) -> Release:
    if known.digest != carried.digest:
        raise AlreadyPublished(
            f"{known} is here already, with another document.",
            hint="What is published never changes. Ask the publisher for a higher version.",
            digest=known.digest,
        )
    return known


def _freeze(holder_id: UUID, publisher: str, carried: Carried) -> WorkflowVersion:
    """As its author wrote it where that freezes to what was signed, else in its canonical form."""
    importer = Actor(
        kind=ActorKind.SYSTEM, name=publisher, tenant_id=holder_id, tenant_slug=publisher
    )
    as_written = parse_for(holder_id, carried.source, carried.media_type).digest
    source, media_type = (
        (carried.source, carried.media_type)
        if as_written == carried.digest
        else (carried.workflow, "application/json")
    )
    frozen = freeze_version(actor=importer, source=source, media_type=media_type).version
    if frozen.digest != carried.digest:
        raise ReleaseBundleRefused(
            "The document means something else here: its tasks are of other versions.",
            hint="Bring this Maestro and the publisher's to the same version.",
        )
    return frozen


def _template(frozen: WorkflowVersion, document: Document, publisher: str) -> WorkflowTemplate:
    template, _ = WorkflowTemplate.objects.select_for_update().get_or_create(
        tenant_id=frozen.tenant_id,
        definition_id=frozen.definition_id,
        defaults={"publisher": publisher, "slug": document.name, **facts_of(document)},
    )
    return template


def _release(
    template: WorkflowTemplate, frozen: WorkflowVersion, document: Document, carried: Carried
) -> Release:
    claim = carried.statement["predicate"]
    below = Release.objects.filter(template=template, order__lt=frozen.order)
    before = below.installable().newest_first().select_related("version").first()
    manifests = registry().manifests()
    diff = compare(document_of(before.version), document, manifests) if before else None
    changes = [change.as_dict() for change in diff.changes] if diff else []
    return Release.objects.create(
        tenant_id=template.tenant_id,
        template=template,
        version=frozen,
        publisher=template.publisher,
        slug=template.slug,
        number=document.version,
        order=frozen.order,
        digest=frozen.digest,
        title=document.title,
        risk=document.risk,
        changelog=document.changelog,
        previous_number=before.number if before else "",
        changes=changes,
        is_breaking=any(one["class"] == "breaking" for one in changes),
        capabilities=capabilities(document, manifests).as_json(),
        migrations=list(document.frozen.get("migrations", ())),
        statement=carried.statement,
        signatures=carried.envelope.as_dict()["signatures"],
        reviewed_for=Visibility.PUBLIC,  # its own Maestro reviewed it
        reviewed_by=_names(claim.get("reviews")),
        origin=", ".join(sorted(key[:16] for key in carried.signers))[:120],
        published_by_name=str(claim.get("approvedBy", ""))[:254],
        status_at=now(),
    )


def _names(reviews: Any) -> list[str]:
    """Who reviewed it, as the statement says."""
    found = reviews if isinstance(reviews, list) else []
    names = [str(one.get("by", ""))[:254] for one in found if isinstance(one, dict)]
    return [name for name in dict.fromkeys(names) if name]
