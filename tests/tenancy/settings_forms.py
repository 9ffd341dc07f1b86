"""What the tests of the settings pages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.models import Decision, Receipt
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant, User
from tests.factories import make_member, reads_for


def signed_in_as(tenant: Tenant, *roles: str, **fields: Any) -> tuple[Client, User]:
    """A browser in which somebody with these roles is signed in, and they."""
    user, client = make_member(tenant, *roles, **fields), Client()
    client.force_login(user)
    return reads_for(client), user


def receipts(tenant: Tenant, kind: str) -> list[Receipt]:
    """The receipts of a kind, oldest first."""
    with tenant_scope(tenant.pk):
        return list(Receipt.objects.for_tenant(tenant.pk).filter(kind=kind).order_by("id"))


def refusals(tenant: Tenant, action: str) -> list[Decision]:
    """What policy refused of an action."""
    with tenant_scope(tenant.pk):
        found = Decision.objects.for_tenant(tenant.pk).filter(action=action, allow=False)
        return list(found)


@contextmanager
def reads_at_most(most: int, *tables: str) -> Iterator[None]:
    """Fails when more than `most` statements name one of `tables`."""
    with CaptureQueriesContext(connection) as captured:
        yield
    named = [q["sql"] for q in captured if any(table in q["sql"] for table in tables)]
    assert len(named) <= most, "\n".join(sql[:300] for sql in named)
