from __future__ import annotations

from uuid import UUID

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.after_commit import enqueue
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.outbox import publish_event
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from maestro.runtime.models import Withdrawal, WithdrawalMode
from marketplace.models import Release, ReleaseStatus
from marketplace.policies import WITHDRAW, release_resource
from marketplace.services.own_release import (
    locked_release,
    own_release,
    reason_problems,
)
from marketplace.services.release_receipt import release_receipt
from marketplace.services.replacement import replacement_problems
from marketplace.services.template_standing import restand


def withdraw_release(
    *, actor: Actor, release: str | UUID, mode: str, reason: str, replacement: str = ""
) -> Release:
    """Take a release back for good: nobody installs it any more.

    With the mode `stop` no installation starts it from this very commit on, and what runs is asked
    to end by a job; with `warn` those who have it are told. `release` is its id, or
    `publisher/slug@number`; `replacement` is `publisher/slug`, or with `@number`. Raises `Denied`,
    `NotFound`, `InvalidInput` with every problem, `IllegalTransition` when it is withdrawn already.
    """
    tenant_id, release_id = own_release(actor=actor, release=release, action=WITHDRAW)
    with tenant_scope(tenant_id):
        row = locked_release(release_id)
        decision = authorize(
            actor=actor,
            action=WITHDRAW,
            resource=release_resource(row, visibility=row.template.visibility),
        )
        problems = [*reason_problems(reason), *replacement_problems(replacement, row)]
        if mode not in WithdrawalMode.values:
            known = " or ".join(WithdrawalMode.values)
            problems.append(Problem("/mode", f"Choose {known}.", "unknown_choice"))
        if problems:
            raise InvalidInput("The release can't be withdrawn like this.", problems=problems)
        advance(
            row,
            to=ReleaseStatus.WITHDRAWN,
            allowed={ReleaseStatus.PUBLISHED, ReleaseStatus.SUPERSEDED, ReleaseStatus.DEPRECATED},
            status_reason=reason.strip(),
            replacement=replacement,
            status_at=now(),
        )
        Withdrawal.objects.create(
            tenant_id=tenant_id,
            version_id=row.version_id,
            mode=mode,
            reason=reason.strip(),
            replacement=replacement,
            withdrawn_by_name=actor.name or actor.email,
        )
        restand(row.template_id)
        release_receipt(
            kind=WITHDRAW,
            release=row,
            actor=actor,
            decision=decision,
            mode=mode,
            reason=row.status_reason,
            replacement=replacement,
        )
        publish_event(
            "release.withdrawn",
            subject=str(row.pk),
            by=actor,
            release=f"{row.address}@{row.number}",
            mode=mode,
            reason=row.status_reason,
            replacement=replacement,
        )
        if mode == WithdrawalMode.STOP:
            enqueue("marketplace.stop_withdrawn")
    return row
