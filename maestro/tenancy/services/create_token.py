from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from governance.scopes import known_scopes
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.clock import now
from maestro.kernel.errors import InvalidInput, NotFound, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.identity import TOKEN_PREFIX
from maestro.tenancy.models import ApiToken, Membership, Tenant, User
from maestro.tenancy.policies import TOKEN_CREATE, token_resource


def create_token(
    *,
    actor: Actor,
    tenant: Tenant,
    user: User,
    name: str,
    scopes: Iterable[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token for `user` in `tenant`; its text is returned here and never again.

    `scopes` are actions or families of them; None is all that the person may do. A token makes no
    token that may do more than itself. Raises `NotFound` when they have no place there,
    `InvalidInput` for an expiry that is past and scopes that are none, `Denied`.
    """
    wanted = None if scopes is None else sorted(set(scopes))
    problems = []
    if expires_at is not None and expires_at <= now():
        problems.append(Problem("/expires_at", "The expiry is in the past.", "expiry_past"))
    if wanted is not None and not wanted:
        problems.append(Problem("/scopes", "Name at least one scope, or none at all.", "no_scope"))
    problems += [
        Problem(
            "/scopes",
            f"There is no scope called {scope}.",
            "unknown_scope",
            "Name an action, such as execution.start, or a family of them, such as execution.*.",
        )
        for scope in wanted or ()
        if scope not in known_scopes()
    ]
    if not name.strip():
        problems.append(Problem("/name", "Give the token a name, to know it by later.", "required"))
    if problems:
        raise InvalidInput("The token can't be made like this.", problems=problems)
    with tenant_scope(tenant.pk):
        decision = authorize(
            actor=actor,
            action=TOKEN_CREATE,
            resource=token_resource(tenant.pk, user.pk, scopes=wanted),
        )
        if not Membership.objects.for_tenant(tenant.pk).filter(user=user).exists():
            raise NotFound(f"{user.email} has no place in {tenant.slug}.", hint="Add them first.")
        raw = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = ApiToken.objects.create(
            tenant_id=tenant.pk,
            user=user,
            name=name.strip(),
            prefix=raw[:12],
            token_digest=digest_bytes(raw.encode()),
            scopes=wanted,
            expires_at=expires_at,
        )
        issue_receipt(
            kind="token.create",
            actor=actor,
            tenant_id=tenant.pk,
            subject_type="token",
            subject_id=str(token.pk),
            subject_digest=token.token_digest,
            predicate={"prefix": token.prefix, "owner": str(user.pk), "scopes": wanted},
            decision=decision,
            after=token.token_digest,
        )
    return token, raw
