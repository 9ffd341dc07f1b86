from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from governance.actions import PUBLISHER_KEY_WRITE
from governance.models import Decision
from governance.resource import Resource
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.slugs import id_of
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from marketplace.models import VerifiedPublisher


def verify_publisher(
    *, actor: Actor, publisher: str, evidence: str, link: str = ""
) -> VerifiedPublisher:
    """Say that a publisher is who they say, and by what it was confirmed.

    One that is verified already is confirmed anew; so is one of whom it was taken back. Raises
    `InvalidInput` with all problems, `NotFound` for a slug of no tenant, `Denied`.
    """
    with tenant_scope(PLATFORM_TENANT):
        decision = _authorize(actor, publisher)
        evidence, link = evidence.strip(), link.strip()
        problems = list(_problems(evidence, link))
        if problems:
            raise InvalidInput("The publisher can't be verified like this.", problems=problems)
        id_of(publisher, "default")
        row, _ = VerifiedPublisher.objects.update_or_create(
            publisher=publisher,
            defaults={
                "evidence": evidence,
                "link": link,
                "verified_by": actor.id,
                "verified_by_name": actor.name or actor.email,
                "verified_at": now(),
                "revoked_at": None,
                "revoked_reason": "",
            },
        )
        _receipt(actor, row, decision, {"is": "verified", "evidence": evidence, "link": link})
    return row


def revoke_publisher(*, actor: Actor, publisher: str, reason: str) -> VerifiedPublisher:
    """Take back that a publisher is verified.

    Raises `InvalidInput` without a reason, `Conflict` when it is taken back already, `NotFound`,
    `Denied`.
    """
    with tenant_scope(PLATFORM_TENANT):
        decision = _authorize(actor, publisher)
        reason = reason.strip()[:500]
        if not reason:
            problem = Problem("/reason", "Say why it is taken back.", "required")
            raise InvalidInput("A reason is missing.", problems=[problem])
        row = VerifiedPublisher.objects.select_for_update().filter(publisher=publisher).first()
        if row is None:
            raise NotFound(f"{publisher} is no verified publisher.")
        if row.revoked_at is not None:
            raise Conflict(f"{publisher} is no verified publisher any more.")
        row.revoked_at, row.revoked_reason = now(), reason
        row.save(update_fields=["revoked_at", "revoked_reason"])
        _receipt(actor, row, decision, {"is": "revoked", "reason": reason})
    return row


def _authorize(actor: Actor, publisher: str) -> Decision:
    resource = Resource(type="publisher_key", id=publisher, tenant_id=PLATFORM_TENANT)
    return authorize(actor=actor, action=PUBLISHER_KEY_WRITE, resource=resource)


def _problems(evidence: str, link: str) -> Iterator[Problem]:
    if not evidence:
        yield Problem("/evidence", "Say how it was confirmed.", "required")
    elif len(evidence) > 500:
        yield Problem("/evidence", "At most 500 characters.", "too_long")
    if link and (urlsplit(link).scheme not in {"http", "https"} or len(link) > 500):
        yield Problem("/link", "Give an address that begins with https://.", "not_a_link")


def _receipt(
    actor: Actor, row: VerifiedPublisher, decision: Decision, predicate: Mapping[str, str]
) -> None:
    what = {"publisher": row.publisher, **predicate}
    issue_receipt(
        kind=PUBLISHER_KEY_WRITE,
        actor=actor,
        tenant_id=PLATFORM_TENANT,
        subject_type="publisher",
        subject_id=row.publisher,
        subject_digest=digest(what),
        predicate=what,
        decision=decision,
    )
