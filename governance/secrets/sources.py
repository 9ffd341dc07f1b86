"""The sources that this Maestro reads secrets from, behind one protocol.

A tenant reaches what lies under its own slug, and nothing else: the slug is put in front of every
reference here, and a reference can't climb out of it. No source is used that the settings do not name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from django.conf import settings

from governance.secrets.environment import EnvironmentSource
from governance.secrets.errors import SecretSourceClosed
from governance.secrets.file import FileSource
from governance.secrets.vault import VaultSource

DATABASE = "database"
LONGEST = 200  # characters of a reference

# Segments begin and end with a letter or a digit, and none is a dot or two.
_SEGMENT = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REFERENCE = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*(?:#{_SEGMENT})?(?:@[1-9][0-9]{{0,8}})?")


class SecretSource(Protocol):
    """Something that keeps secrets."""

    def read(self, tenant: str, reference: str) -> str:
        """The value that a tenant, by its slug, keeps under `reference`, checked by `is_reference`.

        Raises `SecretSourceRefused` when there is none or it may not be read, and
        `SecretSourceAway` when it may be there at another time.
        """
        ...


def is_reference(text: str) -> bool:
    """Whether it may name a secret: `path`, `path#field`, either with `@version`."""
    return len(text) <= LONGEST and _REFERENCE.fullmatch(text) is not None


def open_sources() -> frozenset[str]:
    """The sources that a tenant's secret may name, besides the database."""
    return frozenset(settings.SECRET_SOURCES) & _MAKERS.keys()


def source_called(name: str) -> SecretSource:
    """A source by its name. Raises `SecretSourceClosed` for one that the settings do not name."""
    if name not in open_sources():
        raise SecretSourceClosed(
            f"Secrets are not read from {name} here.",
            hint="Ask who runs this Maestro to name it in MAESTRO_SECRET_SOURCES.",
        )
    return _MAKERS[name]()


_MAKERS: Mapping[str, Callable[[], SecretSource]] = {
    "environment": lambda: EnvironmentSource(settings.SECRET_PREFIX),
    "file": lambda: FileSource(Path(settings.SECRET_FOLDER) if settings.SECRET_FOLDER else None),
    "vault": lambda: VaultSource(
        address=settings.VAULT_ADDRESS,
        token=settings.VAULT_TOKEN,
        token_file=settings.VAULT_TOKEN_FILE,
        namespace=settings.VAULT_NAMESPACE,
        mount=settings.VAULT_MOUNT,
        ca=settings.VAULT_CA,
    ),
}
