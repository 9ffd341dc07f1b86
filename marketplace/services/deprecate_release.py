from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from marketplace.models import Release, ReleaseStatus
from marketplace.policies import DEPRECATE, release_resource
from marketplace.services.own_release import (
    locked_release,
    own_release,
    reason_problems,
)
from marketplace.services.release_receipt import release_receipt
from marketplace.services.replacement import replacement_problems
from marketplace.services.template_standing import restand


def deprecate_release(
    *, actor: Actor, release: str | UUID, reason: str, replacement: str = ""
) -> Release:
    """Advise against a release: it can still be installed and run.

    `release` and `replacement` as in `withdraw_release`. Raises `Denied`, `NotFound`,
    `InvalidInput`, `IllegalTransition` when it is deprecated or withdrawn already.
    """
    tenant_id, release_id = own_release(actor=actor, release=release, action=DEPRECATE)
    with tenant_scope(tenant_id):
        row = locked_release(release_id)
        decision = authorize(
            actor=actor,
            action=DEPRECATE,
            resource=release_resource(row, visibility=row.template.visibility),
        )
        problems = [*reason_problems(reason), *replacement_problems(replacement, row)]
        if problems:
            raise InvalidInput("The release can't be deprecated like this.", problems=problems)
        advance(
            row,
            to=ReleaseStatus.DEPRECATED,
            allowed={ReleaseStatus.PUBLISHED, ReleaseStatus.SUPERSEDED},
            status_reason=reason.strip(),
            replacement=replacement,
            status_at=now(),
        )
        restand(row.template_id)
        release_receipt(
            kind=DEPRECATE,
            release=row,
            actor=actor,
            decision=decision,
            reason=row.status_reason,
            replacement=replacement,
        )
        publish_event(
            "release.deprecated",
            subject=str(row.pk),
            by=actor,
            release=f"{row.address}@{row.number}",
            reason=row.status_reason,
            replacement=replacement,
        )
    return row
