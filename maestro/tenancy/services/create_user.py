from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from maestro.kernel.errors import Conflict, InvalidInput, Problem
from maestro.tenancy.models import PlatformRole, User


def create_user(
    *, email: str, name: str, password: str | None = None, platform_roles: Iterable[str] = ()
) -> User:
    """Make a person. Called from the command line, where whoever may run it is trusted.

    Raises `InvalidInput`, `Conflict` when the address is taken.
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
    if problems:
        raise InvalidInput("The person can't be made like this.", problems=problems)
    user.platform_roles = wanted
    user.is_superuser = PlatformRole.PLATFORM_ADMIN in wanted
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict(f"There is somebody with the address {user.email} already.") from None
    return user
