"""What every test may use."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests import emptying
from tests.factories import actor_of, make_tenant

emptying.install()


@pytest.fixture
def acme(db: None) -> Tenant:
    """A tenant."""
    return make_tenant("acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    """Another tenant, which must never see the first one's rows."""
    return make_tenant("globex")


@pytest.fixture
def author(acme: Tenant) -> Actor:
    """Somebody who writes workflows in acme."""
    return actor_of(acme, "author")


@pytest.fixture
def operator(acme: Tenant) -> Actor:
    """Somebody who runs workflows in acme."""
    return actor_of(acme, "operator")
