from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import PlatformRole, User
from maestro.tenancy.policies import USER_WRITE, user_resource


def create_user(
    *,
    email: str,
    name: str,
    password: str | None = None,
    platform_roles: Iterable[str] = (),
    actor: Actor | None = None,
) -> User:
    """Make a person. Without an `actor` it is the command line, where whoever may run it is trusted.

    Without a password nobody can sign in as them. Raises `InvalidInput`, `Conflict` when the address
    is taken, `Denied`.
    """
    wanted = sorted(set(platform_roles))
    problems = [
        Problem("/platform_roles", f"{role} is no platform role.", "unknown_role")
        for role in wanted
        if role not in PlatformRole.values
    ]
    user = User(email=email.strip().lower(), name=name or email.partition("@")[0])
    user.set_password(password)
    try:
        user.clean_fields()
    except ValidationError as error:
        problems += [
            Problem(f"/{field}", " ".join(messages), "invalid")
            for field, messages in error.message_dict.items()
        ]
    if actor is not None and password is not None:
        problems += _check_password(password, user)
    if problems:
        raise InvalidInput("The person can't be made like this.", problems=problems)
    user.platform_roles = wanted
    user.is_superuser = PlatformRole.PLATFORM_ADMIN in wanted
    with tenant_scope(PLATFORM_TENANT) if actor else transaction.atomic():
        decision = actor and authorize(actor=actor, action=USER_WRITE, resource=user_resource())
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise Conflict(f"There is somebody with the address {user.email} already.") from None
        if actor and decision:
            made = {"email": user.email, "name": user.name, "platform_roles": wanted}
            issue_receipt(
                kind="user.create",
                actor=actor,
                tenant_id=PLATFORM_TENANT,
                subject_type="user",
                subject_id=str(user.pk),
                subject_digest=digest(made),
                predicate=made,
                decision=decision,
            )
    return user


def _check_password(password: str, user: User) -> list[Problem]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [Problem("/password", message, "weak_password") for message in error.messages]
    return []
