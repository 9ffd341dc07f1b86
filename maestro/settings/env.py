"""Settings come from the environment, typed, and fail loudly.

A secret may be given as `NAME` or, for container secrets, as a file named by `NAME_FILE`.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

KNOWN_DEFAULT_SECRETS = frozenset({"change-me", "changeme", "secret", "insecure", "maestro"})
ORIGIN = re.compile(
    r"(?P<origin>(?P<scheme>https?)://([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(:[0-9]{1,5})?)/?"
)


def text(name: str, default: str | None = None) -> str:
    """The variable `name`, or what the file that `name_FILE` names holds, without its last newline.

    Raises `ImproperlyConfigured`, naming the variable, when neither is set and there is no default.
    """
    value = os.environ.get(name)
    if value:
        return value
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().rstrip("\r\n")
        except OSError as problem:
            raise ImproperlyConfigured(
                f"{name}_FILE names {path}, which can't be read: {problem.strerror}."
            ) from None
    if default is None:
        raise ImproperlyConfigured(f"Set {name} (or {name}_FILE) in the environment.")
    return default


def secret(name: str, *, min_length: int = 32) -> str:
    """A secret variable; a short, known or default-looking one is refused without being shown."""
    value = text(name)
    if value.lower() in KNOWN_DEFAULT_SECRETS or value.startswith("django-insecure-"):
        raise ImproperlyConfigured(f"{name} is a well-known default. Make one of your own.")
    if len(value) < min_length:
        raise ImproperlyConfigured(
            f"{name} has {len(value)} characters; at least {min_length} are needed."
        )
    return value


def integer(name: str, default: int | None = None) -> int:
    """A whole number."""
    value = text(name, None if default is None else str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from None


def boolean(name: str, default: bool | None = None) -> bool:
    """`true` or `false` (also 1/0, yes/no, on/off)."""
    value = text(name, None if default is None else str(default)).lower()
    if value in {"true", "1", "yes", "on"}:
        return True
    if value in {"false", "0", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false.")


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, of which the first is the default."""
    value = text(name, choices[0])
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}.")
    return value


def words(name: str, default: str | None = None) -> list[str]:
    """Words separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def origin(name: str, default: str | None = None, *, schemes: tuple[str, ...] = ()) -> str:
    """Scheme, host and port of a site, such as `https://maestro.example`, without a last slash.

    `schemes` are those allowed; none: http and https.
    """
    value = text(name, default)
    found = ORIGIN.fullmatch(value.lower())
    if found is None or (schemes and found["scheme"] not in schemes):
        raise ImproperlyConfigured(
            f"{name} must be {'://, or '.join(schemes or ('http', 'https'))}://, a host, perhaps a"
            " port, and nothing after it."
        )
    return found["origin"]


def database(
    name: str, default: str | None = None, *, pool: bool = True, keep: bool = False
) -> dict[str, Any]:
    """A PostgreSQL URL as Django's dictionary: `postgresql://user:password@host:port/name?host=/dir`.

    A `pool` is shared by the threads of a process, which borrow for one request each. `keep` lets
    each thread have a connection of its own for good. With neither, each request makes a new one.
    """
    parts = urlsplit(text(name, default))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must be a postgresql:// URL; other databases are not supported."
        )
    options = dict(parse_qsl(parts.query))
    settings: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": None if keep else 0,
        # What is taken from the pool is tried first, in one short round trip: after a restart of
        # the database nobody's request breaks on a connection that was cut.
        "CONN_HEALTH_CHECKS": pool,
        # Django prepares nothing unless there is a threshold, and then the ORM's statements too. One
        # that is never reached leaves it to whoever asks: `kernel/statements.fetch`.
        "OPTIONS": {"application_name": "maestro", "prepare_threshold": sys.maxsize, **options},
    }
    if pool:
        settings["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": integer("DATABASE_POOL_SIZE", 16),
            "timeout": 10,
            "max_idle": 60,
        }
    return settings
