"""Statements by hand: prepared on the server, counted with the others, and rows as the ORM writes them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from governance.models import Decision
from maestro.kernel.clock import now
from maestro.kernel.statements import fetch, insert
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def made(tenant: Tenant, **changes: object) -> Decision:
    values = {
        "actor_kind": "user",
        "actor_name": "Ana",
        "action": "execution.start",
        "resource_type": "workflow",
        "allow": True,
        "reasons": [{"code": "a"}],
        "channel": "api",
        "input_digest": "sha256:0",
        "latency_us": 7,
        "decided_at": now(),
    }
    return Decision(tenant_id=tenant.pk, **(values | changes))


def test_a_statement_is_prepared_on_the_server_when_it_is_first_used() -> None:
    fetch("default", "SELECT %(n)s::int + 40 AS answer", {"n": 1})
    assert fetch("default", "SELECT %(n)s::int + 40 AS answer", {"n": 2}) == [{"answer": 42}]
    held = fetch("default", "SELECT statement, from_sql FROM pg_prepared_statements", {})
    assert any("+ 40" in row["statement"] and not row["from_sql"] for row in held)


def test_what_is_fetched_is_counted_as_a_query() -> None:
    with CaptureQueriesContext(connection) as captured:
        fetch("default", "SELECT 1 AS one", {})
    assert [one["sql"] for one in captured] == ["SELECT 1 AS one"]


def test_an_inserted_row_reads_as_the_orm_would_have_written_it(acme: Tenant) -> None:
    ours, theirs = made(acme), made(acme, reasons=[], obligations=[{"type": "x", "n": 1}])
    with tenant_scope(acme.pk):
        insert(ours)
        theirs.save(force_insert=True)
        assert ours._state.adding is False
        for row in (ours, theirs):
            kept = Decision.objects.get(pk=row.pk)
            for field in Decision._meta.concrete_fields:
                assert getattr(kept, field.attname) == getattr(row, field.attname), field.name


def test_a_row_that_can_t_be_inserted_raises_djangos_error(acme: Tenant) -> None:
    with pytest.raises(DataError), tenant_scope(acme.pk):
        insert(made(acme, request_id="x" * 129, actor_id=uuid4()))
