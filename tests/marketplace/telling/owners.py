"""Owners, what happens to what is theirs, and what they are mailed of it by a real SMTP server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.models import OutboxEvent
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.practice.mail import Mail, Mailbox
from maestro.tenancy.models import Tenant
from marketplace.models import WorkflowInstance
from marketplace.services.install_release import install_release
from marketplace.services.note_adoption import note_adoption
from marketplace.services.tell_owners import tell_owners
from tests.factories import actor_of, make_member, make_user


def person(tenant: Tenant, role: str, email: str) -> Actor:
    """Somebody with a place in a tenant, at an address."""
    return actor_of(tenant, role, user=make_member(tenant, role, user=make_user(email)))


def installed(admin: Actor, name: str = "greeting", version: str = "") -> WorkflowInstance:
    """Acme's release, installed."""
    instance = install_release(
        actor=admin, release=f"acme/tried{version}", name=name, environment="development"
    )
    note_adoption(instance.pk)
    return instance


def forget() -> None:
    """Leave out what happened until now."""
    OutboxEvent.objects.using("owner").update(told_at=now())


def told(mailbox: Mailbox) -> dict[str, Mail]:
    """Who is mailed what, by a run of the job; nobody gets two."""
    mailbox.clear()
    count = tell_owners()
    mails = {
        mail.recipients[0]: replace(mail, text=mail.text.replace("\r\n", "\n"))
        for mail in mailbox.newest_first()
    }
    assert len(mails) == len(mailbox.newest_first()) == count
    return mails


def happened(tenant: Tenant, kind: str, subject: UUID, **data: Any) -> None:
    with tenant_scope(tenant.pk):
        publish_event(kind, subject=str(subject), **data)


def untold() -> int:
    return OutboxEvent.objects.using("owner").filter(told_at=None).count()
