"""Every queue, route and platform beat entry.

A message carries ids and only wakes: what is due is a row. So nothing is acknowledged late, no
result is kept, and no message has an ETA (Redis and Valkey would deliver it again after the
visibility time-out).
"""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import task_postrun, worker_ready
from django.db import close_old_connections

from maestro.kernel.garbage import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maestro.settings.prod")

app = Celery("maestro")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_default_queue="conductor",
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=4,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    # After a reconnection Celery would fetch less for a while, and raise it again from a thread of
    # the pool. On RabbitMQ that call waits for an answer which the main thread has read: the worker
    # fetches nothing more, for good (Celery 5.7).
    worker_enable_prefetch_count_reduction=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a worker or beat outlives any outage of its broker
    broker_transport_options={
        # Nothing is delivered a second time by the broker: what a worker had fetched when it was
        # killed, the pump asks for again. So no copy of each message is kept until it is acknowledged.
        "ack_emulation": False,
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        # Whoever sends does not wait for a broker that is away: the pump sends it again.
        "max_retries": 1,
        "interval_start": 0,
    },
    task_publish_retry=False,
    # Celery would close every connection after every task. `close_old_connections` below does what
    # each one's settings say: give it back to its pool, keep it, or drop it because it was cut.
    CELERY_DB_REUSE_MAX=sys.maxsize,
    beat_max_loop_interval=1,
    beat_schedule={
        "pump": {"task": "runtime.pump", "schedule": 1.0, "options": {"expires": 5}},
        "audit": {"task": "governance.link_audit", "schedule": 1.0, "options": {"expires": 5}},
        "withdrawn": {
            "task": "marketplace.stop_withdrawn",
            "schedule": 2.0,
            "options": {"expires": 5},
        },
        "evidence": {"task": "runtime.make_evidence", "schedule": 2.0, "options": {"expires": 5}},
        "health": {
            "task": "marketplace.roll_up_health",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "inputs": {
            "task": "governance.expire_inputs",
            "schedule": crontab(hour="3", minute="20"),
            "options": {"expires": 3600},
        },
        "secrets": {
            "task": "governance.rewrap_secrets",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "reviewers": {
            "task": "marketplace.tell_reviewers",
            "schedule": 900.0,
            "options": {"expires": 900},
        },
        "owners": {
            "task": "marketplace.tell_owners",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "rollouts": {"task": "marketplace.roll_out", "schedule": 5.0, "options": {"expires": 5}},
        "installations": {
            "task": "marketplace.sweep_installations",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
    },
)
app.autodiscover_tasks()


@task_postrun.connect
def _end_of_task(**_: Any) -> None:
    close_old_connections()


@worker_ready.connect
def _worker_is_ready(**_: Any) -> None:
    settle()
