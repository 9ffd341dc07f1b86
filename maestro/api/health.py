"""`/healthz` and `/readyz`: for whoever watches the process."""

from __future__ import annotations

from datetime import timedelta

from celery import current_app
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from governance.policy.engine import in_force
from maestro.kernel.clock import now
from maestro.kernel.models import Heartbeat

WORKER_SILENT = timedelta(seconds=30)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether work can be done: 200, or 503 and which part is down."""
    parts = {
        "database": _database(),
        "broker": _broker(),
        "policy": _policy(),
    }
    parts["worker"] = _worker() if parts["database"] == "ok" else "not asked: no database"
    ready = all(state == "ok" for state in parts.values())
    return JsonResponse(
        {"status": "ready" if ready else "not ready", "parts": parts}, status=200 if ready else 503
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "the database does not answer"
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError):
        return "the broker does not answer"
    return "ok"


def _policy() -> str:
    healthy, why = in_force()
    return "ok" if healthy else why


def _worker() -> str:
    heard = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    if heard is None:
        return "no worker was ever heard from"
    silent = now() - heard
    if silent > WORKER_SILENT:
        return f"no worker was heard from for {round(silent.total_seconds())} s"
    return "ok"
