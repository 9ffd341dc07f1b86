"""Leave proof of what was done to a release."""

from __future__ import annotations

from typing import Any

from governance.models import Decision, Receipt
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from marketplace.models import Release


def release_receipt(
    *, kind: str, release: Release, actor: Actor, decision: Decision, **told: Any
) -> Receipt:
    """The receipt of `kind` about `release`, kept by its publisher. `told` says what was done, as JSON."""
    return issue_receipt(
        kind=kind,
        actor=actor,
        tenant_id=release.tenant_id,
        subject_type="release",
        subject_id=str(release.pk),
        subject_digest=release.digest,
        predicate={"release": f"{release.address}@{release.number}", **told},
        decision=decision,
    )
