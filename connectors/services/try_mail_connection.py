from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS

from connectors import outbound
from connectors.contract import SecretValue, TaskError
from connectors.kinds.email.smtp import greet, server_of
from connectors.models import Connection
from connectors.outbound import OutboundClient
from connectors.policies import CONNECTION_WRITE, connection_resource
from connectors.services.read_connections import NAME
from connectors.services.set_mail_connection import KIND
from governance.services.authorize import authorize
from governance.services.reveal_secrets import reveal_secrets
from maestro.kernel.actor import Actor
from maestro.kernel.errors import MaestroError, NotFound, TenantRequired
from maestro.kernel.redaction import Redactor
from maestro.kernel.tenant import tenant_scope

SECONDS = 5.0  # the page waits, and holds its transaction


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a connection, in words without any secret."""

    works: bool
    message: str
    hint: str = ""


def try_mail_connection(*, actor: Actor, client: OutboundClient | None = None) -> Trial:
    """Connect to the tenant's own mail server, turn on TLS and log in; nothing is sent.

    It uses the password and reaches out, so it asks for what changing the connection asks for.
    Raises `NotFound`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    with tenant_scope(actor.tenant_id):
        authorize(
            actor=actor,
            action=CONNECTION_WRITE,
            resource=connection_resource(actor.tenant_id, KIND),
        )
        row = Connection.objects.for_tenant(actor.tenant_id).filter(kind=KIND, name=NAME).first()
        if row is None:
            raise NotFound("There is no such connection.", hint="Store it first, then try it.")
        named = {
            key: value["secret"]
            for key, value in row.config.items()
            if isinstance(value, dict) and "secret" in value
        }
        redactor = Redactor([])
        try:
            values = reveal_secrets(
                tenant_id=actor.tenant_id, names=named.values(), using=DEFAULT_DB_ALIAS
            )
            redactor = Redactor(values.values())
            bound = {key: SecretValue(name, values[name]) for key, name in named.items()}
            server = server_of(row.config | bound)
            greet(
                server,
                deadline=time.monotonic() + SECONDS,
                cancelled=threading.Event(),
                client=client or outbound.client(),
            )
        except TaskError as error:
            return Trial(False, redactor.text(error.message), redactor.text(error.hint))
        except MaestroError as error:  # a secret that is gone, or can't be opened
            return Trial(False, error.message, error.hint)
    done = {"none": "answered, without TLS", "starttls": "answered and turned TLS on"}
    said = done.get(server.tls, "answered over TLS")
    logged_in = f", and accepted the user {server.username}" if server.username else ""
    return Trial(True, redactor.text(f"{server.shown} {said}{logged_in}. Nothing was sent."))
