"""`/bundles/maestro.tar.gz`: the policies in force, as OPA fetches them.

OPA's documentation, "Bundles", § Bundle Service API: an ETag, 304, and long polling, which the media
type offers and `Prefer: wait=<seconds>` (RFC 7240) asks for.
"""

from __future__ import annotations

import re
import threading
import time

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from governance.services.policies_in_force import InForce, archive_of, in_force
from maestro.kernel.errors import NotAuthenticated, NotFound

TOKEN_HEADER = "X-Bundle-Token"  # noqa: S105 - a header's name; Authorization is for people's tokens
MEDIA_TYPE = "application/vnd.openpolicyagent.bundles"
LONGEST_WAIT = 30.0  # seconds
LOOK_EVERY = 0.5  # seconds
MOST_WAITING = 4  # threads of this process; whoever comes then is answered at once
_WAIT = re.compile(r"(?:^|[;,\s])wait=(\d{1,5})(?:$|[;,\s])")

_waiting = threading.BoundedSemaphore(MOST_WAITING)


@require_safe
def bundle(request: HttpRequest) -> HttpResponse:
    """The signed archive; 304 when the one who asks has it, after waiting for another if asked to."""
    _check_token(request)
    known = request.headers.get("If-None-Match", "")
    found = _wait_for_another(known, _wanted_wait(request))
    if _tag(found) in known:
        return _said(HttpResponseNotModified(), found)
    content = archive_of(found.digest)
    if content is None:  # another was put in force in between, and with it a new key
        raise NotFound("Another set of policies is in force by now. Ask again.")
    return _said(HttpResponse(content), found)


def _check_token(request: HttpRequest) -> None:
    wanted = settings.MAESTRO_BUNDLE_TOKEN
    if not wanted:
        raise NotFound("Nobody fetches policies here. Set MAESTRO_BUNDLE_TOKEN to let OPA do so.")
    if not constant_time_compare(request.headers.get(TOKEN_HEADER, ""), wanted):
        raise NotAuthenticated("Send MAESTRO_BUNDLE_TOKEN in the header X-Bundle-Token.")


def _wanted_wait(request: HttpRequest) -> float:
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return min(float(found[1]), LONGEST_WAIT) if found else 0.0


def _wait_for_another(known: str, wait: float) -> InForce:
    found = in_force()
    if not wait or _tag(found) not in known or not _waiting.acquire(blocking=False):
        return found
    try:
        until = time.monotonic() + wait
        while _tag(found) in known and time.monotonic() < until:
            if not connection.in_atomic_block:
                connection.close()  # back to the pool: nothing is held while nothing is asked
            time.sleep(LOOK_EVERY)
            found = in_force()
    finally:
        _waiting.release()
    return found


def _tag(found: InForce) -> str:
    return f'"{found.digest}"'


def _said(response: HttpResponse, found: InForce) -> HttpResponse:
    response["ETag"] = _tag(found)
    response["Content-Type"] = MEDIA_TYPE
    response["Cache-Control"] = "private, no-cache"
    return response
