"""What a tenant's mail connection is made of, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from connectors.contract import TaskError
from connectors.outbound.hosts import normal_host
from maestro.kernel.errors import InvalidInput, Problem

TLS = ("starttls", "implicit", "none")


@dataclass(frozen=True, slots=True)
class MailConfig:
    """A mail connection; `password` is the name of a stored secret, or empty."""

    host: str
    port: int
    tls: str
    sender: str
    sender_name: str = ""
    username: str = ""
    password: str = ""

    def as_stored(self) -> dict[str, Any]:
        """What the row keeps: no secret, only the name of one."""
        config: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "tls": self.tls,
            "sender": self.sender,
        }
        if self.sender_name:
            config["sender_name"] = self.sender_name
        if self.username:
            config |= {"username": self.username, "password": {"secret": self.password}}
        return config


def check_mail_config(config: MailConfig, *, secrets: frozenset[str]) -> None:
    """Raise `InvalidInput` with everything that is wrong. `secrets` are the names that are stored."""
    problems = []

    def wrong(place: str, message: str, code: str = "invalid") -> None:
        problems.append(Problem(f"/{place}", message, code))

    if not _is_host(config.host):
        wrong("host", "Give a host name or an address, without scheme and port.")
    if not 0 < config.port < 65536:
        wrong("port", "A port is a whole number from 1 to 65535.")
    if config.tls not in TLS:
        wrong("tls", f"Choose one of {', '.join(TLS)}.")
    try:
        validate_email(config.sender)
    except ValidationError:
        wrong("sender", "Give the e-mail address that mail is sent from.")
    if len(config.sender_name) > 120 or not config.sender_name.isprintable():
        wrong("sender_name", "A name is one line of at most 120 characters.")
    if len(config.username) > 254 or not config.username.isprintable():
        wrong("username", "A user name is one line of at most 254 characters.")
    if config.username and not config.password:
        wrong("password", "Choose the secret that holds the password of this user.", "required")
    if config.password and not config.username:
        wrong("username", "Give the user whose password this is.", "required")
    if config.password and config.password not in secrets:
        wrong("password", f"There is no secret called {config.password}.", "unknown_secret")
    if config.username and config.tls == "none":
        wrong("tls", "A password is sent over TLS only. Choose starttls or implicit.", "in_clear")
    if problems:
        raise InvalidInput("The connection can't be stored like this.", problems=problems)


def _is_host(host: str) -> bool:
    if not host or len(host) > 253 or not host.isprintable() or set(host) & set(" /@?#\\"):
        return False
    try:
        return bool(normal_host(host))
    except (TaskError, ValueError):
        return False
