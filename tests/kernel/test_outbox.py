"""The outbox: events of which people are told are taken out once, the oldest first."""

from __future__ import annotations

import threading

import pytest
from django.db import connections, transaction

from maestro.kernel.actor import Actor, ActorKind, system_actor
from maestro.kernel.clock import now
from maestro.kernel.identity import new_id
from maestro.kernel.models import OutboxEvent
from maestro.kernel.outbox import (
    TAKE_UNTOLD,
    Event,
    has_untold_events,
    publish_event,
    take_untold_events,
)
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "jobs", "owner"])


def happened(tenant: Tenant, *subjects: str, kind: str = "release.published") -> None:
    with tenant_scope(tenant.pk):
        for subject in subjects:
            publish_event(kind, subject=subject, number=1)


def subjects(events: list[Event]) -> list[str]:
    return [event.subject for event in events]


def test_the_oldest_come_first_and_each_comes_once(acme: Tenant, globex: Tenant) -> None:
    happened(acme, "a", "b")
    happened(globex, "c")
    first = take_untold_events(2)
    assert subjects(first) == ["a", "b"]
    assert (first[0].tenant_id, first[0].data) == (acme.pk, {"number": 1})
    assert has_untold_events()
    assert subjects(take_untold_events(2)) == ["c"]
    assert not has_untold_events()
    assert take_untold_events(2) == []


def test_that_people_were_told_says_nothing_of_a_delivery(acme: Tenant) -> None:
    happened(acme, "a")
    take_untold_events(1)
    row = OutboxEvent.objects.using("owner").get()
    assert row.told_at is not None
    assert row.delivered_at is None


def test_events_of_executions_are_told_to_nobody(acme: Tenant) -> None:
    happened(acme, "a", kind="execution.failed")
    assert not has_untold_events()
    assert take_untold_events(9) == []


def test_what_somebody_else_is_taking_is_passed_over(acme: Tenant) -> None:
    happened(acme, "a", "b", "c")
    others: list[Event] = []

    def take() -> None:
        try:
            others.extend(take_untold_events(9))
        finally:
            connections.close_all()

    with transaction.atomic(using="jobs"):
        mine = take_untold_events(2)
        thread = threading.Thread(target=take)
        thread.start()
        thread.join(timeout=30)
        assert subjects(others) == ["c"]
    assert subjects(mine) == ["a", "b"]


def test_what_is_not_told_is_found_by_its_index(db: None) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {TAKE_UNTOLD}", {"most": 5, "at": now()})
        plan = " ".join(line for (line,) in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "events_to_tell" in plan


def test_an_event_says_which_person_did_it_and_of_maestro_itself_nothing(acme: Tenant) -> None:
    ana = Actor(kind=ActorKind.TOKEN, id=new_id(), name="Ana")
    with tenant_scope(acme.pk):
        publish_event("release.withdrawn", subject="a", by=ana, mode="stop")
        publish_event("release.withdrawn", subject="b", by=system_actor("tests"), mode="stop")
    by_ana, by_maestro = take_untold_events(2)
    assert (by_ana.by, by_ana.data) == (ana.id, {"mode": "stop", "by": str(ana.id)})
    assert (by_maestro.by, by_maestro.data) == (None, {"mode": "stop"})
