"""Which policies are in force, and the archive of them that others fetch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from governance.models import BundleStatus, PolicyBundle, PolicyChange
from governance.policy.bundle import load_bundle
from governance.policy.packed import pack_bundle
from governance.signing import signing_ring
from maestro.kernel.canonical import digest_bytes


@dataclass(frozen=True, slots=True)
class InForce:
    """A signed archive, and what names it."""

    revision: str
    digest: str


def in_force() -> InForce:
    """The active bundle, or what came with the code where none is. Costs one indexed read."""
    active = (
        PolicyBundle.objects.filter(status=BundleStatus.ACTIVE)
        .values_list("revision", "digest")
        .first()
    )
    if active:
        return InForce(*active)
    packed = _shipped(signing_ring().signer.public.id)
    return InForce(load_bundle().revision, digest_bytes(packed))


def archive_of(digest: str) -> bytes | None:
    """The signed archive of that digest, as `in_force` gave it."""
    row = PolicyBundle.objects.filter(digest=digest).values_list("content", flat=True).first()
    if row is not None:
        return bytes(row)
    packed = _shipped(signing_ring().signer.public.id)
    return packed if digest_bytes(packed) == digest else None


def lock_changes() -> PolicyChange:
    """The one row, locked to the end of the transaction: changes of policy come one by one."""
    PolicyChange.objects.get_or_create(pk=1)
    return PolicyChange.objects.select_for_update().get(pk=1)


@lru_cache(maxsize=2)
def _shipped(key_id: str) -> bytes:
    del key_id  # it tells what one key signed from what another did
    return pack_bundle(load_bundle(), signing_ring().signer)
