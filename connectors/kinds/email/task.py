"""`email.send@1`: one message through the tenant's mail connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from connectors import outbound
from connectors.contract import (
    JSON,
    Call,
    ErrorClass,
    MadeCall,
    PlannedCall,
    TaskError,
    secrets_in,
)
from connectors.kinds.email.manifest import MANIFEST
from connectors.kinds.email.message import Mail, compose
from connectors.kinds.email.smtp import Server, hand_over, server_of
from connectors.outbound import OutboundClient
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.redaction import Redactor


class SendEmail:
    """`email.send@1`, over `call.connections["smtp"]`.

    The connection has host, port, tls (`none`, `starttls` or `implicit`), username, password,
    sender and sender_name. The host is the tenant admin's to name, so it need not be among the
    workflow's endpoints; its addresses are checked like any other.
    """

    manifest = MANIFEST

    def __init__(self, client: Callable[[], OutboundClient] = outbound.client) -> None:
        self._client = client

    def plan(self, call: Call) -> list[PlannedCall]:
        """The message that would go out. Raises what `execute` does before it connects."""
        connection = _connection(call)
        mail = compose(call, connection)
        server = server_of(connection)
        self._client().guard.permit(server.host, server.port, None)
        count = len(mail.recipients)
        who = mail.recipients[0] if count == 1 else f"{count} recipients"
        return [
            PlannedCall(
                summary=f"Sends “{mail.subject}” to {who}",
                host=server.shown,
                method="SMTP",
                detail={
                    "from": mail.sender,
                    "recipients": list(mail.recipients),
                    "subject": mail.subject,
                    "message_id": mail.message_id,
                    "bytes": len(mail.raw),
                },
            )
        ]

    def execute(self, call: Call) -> JSON:
        """Send it; some recipients refused is a success that says so, all refused an error.

        Raises `TaskError` as `smtp.hand_over` says, and `invalid_input` for what can't be sent.
        """
        connection = _connection(call)
        mail = compose(call, connection)
        server = server_of(connection)
        redactor = Redactor(
            [secret.reveal() for secret in secrets_in(dict(connection))] + [server.password]
        )
        begun = time.monotonic()
        try:
            handed = hand_over(mail, server, call, self._client())
        except TaskError as error:
            _note(call, mail, server, str(error.error_class), begun)
            raise TaskError(
                error.error_class,
                redactor.text(error.message),
                hint=error.hint,
                retry_after=error.retry_after,
                details=redactor.value(dict(error.details)),
            ) from None
        _note(call, mail, server, "250", begun)
        call.log(f"{server.shown} took {len(mail.raw)} bytes for {len(handed.accepted)} recipients")
        return {
            "message_id": mail.message_id,
            "accepted": list(handed.accepted),
            "refused": {
                who: {"code": code, "message": redactor.text(said)}
                for who, (code, said) in handed.refused.items()
            },
            "bytes": len(mail.raw),
            "digest": digest_bytes(mail.raw),
        }


def _note(call: Call, mail: Mail, server: Server, status: str, begun: float) -> None:
    """Tell of the hand-over; 250 is what a server says that took the message (RFC 5321, 4.2.3)."""
    call.note(
        MadeCall(
            kind="smtp",
            method="DATA",
            host=server.shown,
            status=status,
            size=len(mail.raw),
            seconds=time.monotonic() - begun,
            request_id=mail.message_id,
        )
    )


def _connection(call: Call) -> Mapping[str, Any]:
    connection = call.connections.get("smtp")
    if connection is None:
        raise TaskError(
            ErrorClass.INVALID_INPUT,
            "This tenant has no mail connection.",
            hint="A tenant admin adds one under Connections.",
        )
    return connection
