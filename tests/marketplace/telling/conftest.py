"""Who owns what."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.factories import make_tenant
from tests.marketplace.telling.owners import person


@pytest.fixture
def ana(acme: Tenant) -> Actor:
    """Who writes and puts forward."""
    return person(acme, "author", "ana@acme.test")


@pytest.fixture
def ada(acme: Tenant) -> Actor:
    """The publisher's admin."""
    return person(acme, "admin", "ada@acme.test")


@pytest.fixture
def gil(globex: Tenant) -> Actor:
    """The admin of a tenant that installs."""
    return person(globex, "admin", "gil@globex.test")


@pytest.fixture
def ivy(db: None) -> Actor:
    """The admin of a tenant that has nothing to do with it."""
    return person(make_tenant("initech"), "admin", "ivy@initech.test")
