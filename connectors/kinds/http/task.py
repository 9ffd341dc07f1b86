"""`http.request@1`: one HTTP call, guarded, signed where asked, its answer typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from connectors import outbound
from connectors.contract import JSON, Call, MadeCall, PlannedCall, SecretValue, TaskError
from connectors.kinds.http.answer import output_of, refuse, request_id
from connectors.kinds.http.manifest import MANIFEST
from connectors.kinds.http.request import Wanted, read_inputs
from connectors.outbound import Answer, OutboundClient
from connectors.outbound.hosts import Target
from maestro.kernel.redaction import MASK


class HttpRequest:
    """`http.request@1`.

    A time-out or a broken connection after an unsafe request was sent is `timed_out` or
    `unavailable`, not `unknown_outcome`: the request carries an Idempotency-Key that stays the
    same over attempts, so a service that keeps it does not do it twice. For one that does not,
    take these classes out of the step's `retry.on`.
    """

    manifest = MANIFEST

    def __init__(self, client: Callable[[], OutboundClient] = outbound.client) -> None:
        self._client = client

    def plan(self, call: Call) -> list[PlannedCall]:
        """The first request; where its redirects would lead is not known without sending it.

        Raises `TaskError` for what the guard refuses without resolving a name.
        """
        wanted = read_inputs(call)
        request = wanted.outgoing
        target = request.target
        self._client().guard.permit(target.host, target.port, call.allowed_hosts)
        masked = wanted.redactor.value
        detail: dict[str, JSON] = {
            "url": masked(target.shown),
            "headers": masked(dict(request.headers)),
        }
        if target.query:
            detail["query"] = masked(target.query)
        for name in ("json", "body", "form", "auth"):
            if name in call.inputs:
                detail[name] = masked(_masked(call.inputs[name]))
        return [
            PlannedCall(
                summary=f"{request.method} {detail['url']}",
                host=target.authority,
                method=request.method,
                detail=detail,
            )
        ]

    def execute(self, call: Call) -> JSON:
        """Send it and give status, headers and body.

        Raises `TaskError` by the answer's status (401 and 403 `auth_failed`, 404 and 410
        `not_found`, 409 `conflict`, 408 `timed_out`, 429 `rate_limited`, 5xx `unavailable` but
        501 and 505, all others `rejected`), and what `OutboundClient.send` raises.
        """
        wanted = read_inputs(call)
        begun = time.monotonic()
        try:
            answer = self._client().send(
                wanted.outgoing,
                deadline=call.deadline,
                cancelled=call.cancelled,
                allowed_hosts=call.allowed_hosts,
                max_bytes=wanted.max_bytes,
                wanted=wanted.expects,
            )
        except TaskError as error:
            _note(call, wanted, wanted.outgoing.target, str(error.error_class), begun)
            raise _without_secrets(error, wanted) from None
        _note(call, wanted, answer.target, str(answer.status), begun, answer)
        if not wanted.expects(answer.status):
            refuse(wanted, answer)
        return output_of(answer)


def _note(
    call: Call,
    wanted: Wanted,
    target: Target,
    status: str,
    begun: float,
    answer: Answer | None = None,
) -> None:
    """Tell of the call; of redirects, where they led to."""
    shown = wanted.redactor.text
    call.note(
        MadeCall(
            kind="http",
            method=wanted.outgoing.method,
            host=target.authority,
            path=shown(target.path),
            status=status,
            size=len(answer.body) if answer else 0,
            seconds=time.monotonic() - begun,
            request_id=shown(request_id(answer.headers)) if answer else "",
        )
    )


def _without_secrets(error: TaskError, wanted: Wanted) -> TaskError:
    return TaskError(
        error.error_class,
        wanted.redactor.text(error.message),
        hint=error.hint,
        retry_after=error.retry_after,
        details=wanted.redactor.value(dict(error.details)),
    )


def _masked(value: Any) -> JSON:
    if isinstance(value, SecretValue):
        return MASK
    if isinstance(value, Mapping):
        return {str(name): _masked(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return value
