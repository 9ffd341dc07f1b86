from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from governance.actions import PURPOSE_WRITE, purpose_resource
from governance.audit.verbs import VERBS
from governance.models import Decision, PurposeEntry
from governance.policy.rules import SHIPPED, Purpose
from governance.scope import in_tenant
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.services.policies_in_force import lock_changes
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound, Problem
from maestro.kernel.tenant import PLATFORM_TENANT

NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")
LONGEST_NAME = 64
MOST_ACTIONS = 100


def set_purpose(
    *,
    actor: Actor,
    tenant_id: UUID,
    name: str,
    title: str,
    description: str,
    allowed_actions: Sequence[str] = (),
    in_production: bool = True,
    replaces: bool | None = None,
) -> PurposeEntry:
    """Add a purpose to a tenant's registry, or to the platform's; or change one. A retired one is
    in use again.

    `replaces` says whether there must be one of that name already, or none. Every process goes by it
    within 2 s. Raises `InvalidInput`, `Conflict`, `NotFound`, `Denied`.
    """
    problems = list(_problems(name, title, description, allowed_actions))
    if problems:
        raise InvalidInput("The purpose can't be like this.", problems=problems)
    with in_tenant(tenant_id):
        decision = authorize(
            actor=actor, action=PURPOSE_WRITE, resource=purpose_resource(tenant_id, name)
        )
        row = _row(tenant_id, name)
        if row is not None and replaces is False and row.retired_at is None:
            raise Conflict(f"There is a purpose called {name} already.")
        if row is None:
            if replaces:
                raise NotFound(f"There is no purpose called {name}.")
            _not_the_platforms(tenant_id, name)
            row = PurposeEntry(tenant_id=tenant_id, name=name)
        before = None if row._state.adding else _said(row)
        row.title, row.description = title.strip(), description.strip()
        row.allowed_actions = sorted(set(allowed_actions))
        row.in_production, row.retired_at = in_production, None
        _keep(actor, row, decision, before)
    return row


def retire_purpose(*, actor: Actor, tenant_id: UUID, name: str) -> PurposeEntry:
    """Take a purpose out of use. What was recorded for it stays. Nothing when it is retired already.

    Raises `NotFound`, `Denied`.
    """
    with in_tenant(tenant_id):
        decision = authorize(
            actor=actor, action=PURPOSE_WRITE, resource=purpose_resource(tenant_id, name)
        )
        row = _row(tenant_id, name)
        if row is None:
            raise NotFound(f"There is no purpose called {name}.")
        if row.retired_at is None:
            before = _said(row)
            row.retired_at = now()
            _keep(actor, row, decision, before)
    return row


def _row(tenant_id: UUID, name: str) -> PurposeEntry | None:
    if tenant_id == PLATFORM_TENANT:
        _begin_with_the_shipped()
    rows = PurposeEntry.objects.for_tenant(tenant_id)
    return rows.select_for_update().filter(name=name).first()


def _begin_with_the_shipped() -> None:
    """What counts while the registry holds nothing is written down before it is changed."""
    if PurposeEntry.objects.for_tenant(PLATFORM_TENANT).exists():
        return
    PurposeEntry.objects.bulk_create(
        [_entry(purpose) for purpose in SHIPPED.values()], ignore_conflicts=True
    )


def _entry(purpose: Purpose) -> PurposeEntry:
    return PurposeEntry(
        tenant_id=PLATFORM_TENANT,
        name=purpose.name,
        title=purpose.title,
        description=purpose.description,
        in_production=purpose.in_production,
        updated_at=now(),
    )


def _not_the_platforms(tenant_id: UUID, name: str) -> None:
    if tenant_id == PLATFORM_TENANT:
        return
    theirs = PurposeEntry.objects.for_tenant(PLATFORM_TENANT)
    if theirs.filter(name=name).exists() or (name in SHIPPED and not theirs.exists()):
        raise Conflict(
            f"The platform has a purpose called {name}.", hint="Give yours another name."
        )


def _keep(
    actor: Actor, row: PurposeEntry, decision: Decision, before: dict[str, Any] | None
) -> None:
    row.updated_at, row.updated_by_name = now(), actor.name or actor.email
    row.save()
    changes = lock_changes()
    changes.rules += 1
    changes.save(update_fields=["rules"])
    after = _said(row)
    issue_receipt(
        kind=PURPOSE_WRITE,
        actor=actor,
        tenant_id=row.tenant_id,
        subject_type="purpose",
        subject_id=row.name,
        subject_digest=digest(after),
        predicate={"before": before, "after": after},
        decision=decision,
    )


def _said(row: PurposeEntry) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "description": row.description,
        "allowed_actions": row.allowed_actions,
        "in_production": row.in_production,
        "retired": row.retired_at is not None,
    }


def _problems(
    name: str, title: str, description: str, allowed_actions: Sequence[str]
) -> Iterator[Problem]:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        yield Problem(
            "/name",
            "A name is lower-case letters, digits, hyphens and underscores, with dots between"
            f" words, at most {LONGEST_NAME}.",
            "invalid_name",
        )
    for place, text, most in (("title", title, 80), ("description", description, 300)):
        if not text.strip():
            yield Problem(f"/{place}", f"The {place} is missing.", "required")
        elif len(text) > most or not text.isprintable():
            yield Problem(
                f"/{place}", f"The {place} is one line of at most {most} characters.", "too_long"
            )
    if len(allowed_actions) > MOST_ACTIONS:
        yield Problem("/allowed_actions", f"Name at most {MOST_ACTIONS}.", "too_many")
        return
    known = {*VERBS, *(f"{verb.subject}.*" for verb in VERBS.values())}
    for index, action in enumerate(allowed_actions):
        if action not in known:
            yield Problem(
                f"/allowed_actions/{index}",
                f"There is no action {action[:64]}.",
                "unknown_action",
                "Name one of the list of actions, or a family such as execution.*.",
            )
