from __future__ import annotations

from django.db import transaction

from governance.models import TrustedKey
from governance.services.trust_key import trust_keys
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict
from maestro.tenancy.models import Tenant
from maestro.tenancy.services.create_tenant import create_tenant


class PublishesHere(Conflict):
    """A tenant of this name works here: what it publishes is signed here."""

    code = "publishes_here"


def trust_publisher(
    *, actor: Actor, publisher: str, pem: bytes, name: str = ""
) -> list[TrustedKey]:
    """Believe releases that the keys in `pem` sign as `publisher`, somewhere else; the new keys.

    The first time, a tenant of that slug is made that holds what is imported; nobody has a place in
    it. Raises `PublishesHere` where a tenant has that slug for itself, `InvalidInput`, `Denied`.
    """
    with transaction.atomic():
        holder = _holder(actor, publisher, name)
        return trust_keys(actor=actor, publisher=publisher, pem=pem, holder_id=holder.pk)


def _holder(actor: Actor, publisher: str, name: str) -> Tenant:
    known = TrustedKey.objects.filter(publisher=publisher).values_list("holder_id", flat=True)
    holder = Tenant.objects.filter(slug=publisher).first()
    if holder is None:
        return create_tenant(actor=actor, slug=publisher, name=name or publisher)
    if holder.pk not in set(known):
        raise PublishesHere(
            f"{publisher} is a tenant of this Maestro; it publishes here.",
            hint="Only a publisher elsewhere has keys of its own. Check the publisher's name.",
        )
    return holder
