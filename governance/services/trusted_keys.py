from __future__ import annotations

from collections.abc import Mapping

from governance.models import TrustedKey
from governance.trust.keys import PublicKey, read_public_keys


def trusted_keys(publisher: str) -> Mapping[str, PublicKey]:
    """The keys of a publisher elsewhere that are trusted at this moment, by their ids."""
    keys: dict[str, PublicKey] = {}
    for pem in (
        TrustedKey.objects.filter(publisher=publisher, revoked_at=None)
        .order_by("id")
        .values_list("pem", flat=True)
    ):
        keys |= read_public_keys(pem.encode())
    return keys
