"""States move by compare-and-set."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from catalog.models import WorkflowDefinition
from maestro.kernel.errors import IllegalTransition
from maestro.kernel.tenant import tenant_scope
from maestro.kernel.transitions import advance
from maestro.tenancy.models import Tenant
from tests.factories import make_tenant


def _definition(tenant: Tenant) -> WorkflowDefinition:
    return WorkflowDefinition.objects.create(
        tenant_id=tenant.pk,
        slug="offboard",
        title="Offboard",
        category="HR",
        risk="low",
        owner_team="People Ops",
        publisher=tenant.slug,
        status="active",
    )


def test_a_row_moves_from_an_allowed_state_and_takes_its_fields_along(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        row = _definition(acme)
        advance(row, to="deprecated", allowed={"active"}, title="Old")
        row.refresh_from_db()
    assert (row.status, row.title) == ("deprecated", "Old")


def test_a_row_in_another_state_stays_and_the_error_says_where_it_is(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        row = _definition(acme)
        with pytest.raises(IllegalTransition, match="is active") as refused:
            advance(row, to="active", allowed={"archived"})
        assert refused.value.details == {"current": "active", "wanted": "active"}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_of_two_that_move_a_row_at_once_one_wins() -> None:
    tenant = make_tenant()
    with tenant_scope(tenant.pk):
        row = _definition(tenant)
    barrier, outcomes = threading.Barrier(2), []

    def move() -> None:
        mine = WorkflowDefinition(pk=row.pk, status="active")
        barrier.wait()
        try:
            with tenant_scope(tenant.pk):
                advance(mine, to="archived", allowed={"active"})
            outcomes.append("moved")
        except IllegalTransition:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["moved", "refused"]
