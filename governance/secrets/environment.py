"""Secrets in the environment of the worker: `MAESTRO_SECRET_<TENANT>__<NAME>`."""

from __future__ import annotations

import os
import re

from governance.secrets.errors import SecretSourceRefused

# One separator at a time: so the two underscores between tenant and name are the only ones, and no
# tenant's variable can be read as another's.
_WORDS = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")


class EnvironmentSource:
    """Reads variables that begin with the prefix and the tenant's slug."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def read(self, tenant: str, reference: str) -> str:
        """The variable's value. Raises `SecretSourceRefused` when it is not set."""
        name = self.variable(tenant, reference)
        value = os.environ.get(name)
        if not value:
            raise SecretSourceRefused(
                f"The environment has no variable {name}.",
                hint="Set it for every worker and start them again.",
            )
        return value

    def variable(self, tenant: str, reference: str) -> str:
        """The name of a reference's variable. Raises `SecretSourceRefused` when it can have none."""
        if not (self._prefix and _WORDS.fullmatch(tenant) and _WORDS.fullmatch(reference)):
            raise SecretSourceRefused(
                f"{reference} can't be the name of a variable.",
                hint="Letters, digits, and single hyphens or underscores between them.",
            )
        return f"{self._prefix}{tenant}__{reference}".replace("-", "_").upper()
