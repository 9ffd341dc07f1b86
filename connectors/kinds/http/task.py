"""`http.request@1`: one HTTP call, guarded, signed where asked, its answer typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from connectors import outbound
from connectors.contract import JSON, Call, PlannedCall, SecretValue, TaskError
from connectors.kinds.http.answer import output_of, refuse
from connectors.kinds.http.manifest import MANIFEST
from connectors.kinds.http.request import Wanted, read_inputs
from connectors.outbound import OutboundClient
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
            raise _without_secrets(error, wanted) from None
        call.log(
            f"{wanted.outgoing.method} {answer.target.shown} answered {answer.status}, "
            f"{len(answer.body)} bytes"
        )
        if not wanted.expects(answer.status):
            refuse(wanted, answer)
        return output_of(answer)


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
