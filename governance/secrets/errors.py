"""What goes wrong when a secret is read from where it is kept. No message holds a value."""

from __future__ import annotations

from governance.sealing import SecretUnreadable
from maestro.kernel.errors import MaestroError


class SecretSourceRefused(SecretUnreadable):
    """There is no such secret in its source, or it may not be read."""

    code = "secret_source_refused"
    status = 422
    title = "A secret can't be read from its source"


class SecretSourceClosed(SecretSourceRefused):
    """The platform's settings do not open this source."""

    code = "secret_source_closed"
    title = "Secrets are not read from there"


class SecretSourceAway(MaestroError):
    """The source does not answer now; another time it may."""

    code = "secret_source_away"
    status = 503
    title = "The source of a secret is away"
