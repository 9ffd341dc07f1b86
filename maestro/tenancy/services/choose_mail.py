from __future__ import annotations

from maestro.kernel.actor import Actor
from maestro.tenancy.models import User
from maestro.tenancy.services.choose_zone import person_of


def choose_mail(*, actor: Actor, release_mail: bool) -> None:
    """Say whether one wants mails about the releases and installations that concern one.

    As with `choose_zone` it is about oneself alone. Raises what `person_of` raises.
    """
    User.objects.filter(pk=person_of(actor)).update(release_mail=release_mail)
