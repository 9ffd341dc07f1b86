"""The people of the platform, and two tenants with rows of every model."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.test import Client

from maestro.tenancy.models import Tenant, User
from tests.console.rows import fill, fill_libraries
from tests.factories import make_member, make_user, reads_for


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return reads_for(client)


@pytest.fixture
def platform_admin(db: None) -> User:
    return make_user("boss@platform.test", platform_roles=["platform_admin"])


@pytest.fixture
def auditor(db: None) -> User:
    return make_user("auditor@platform.test", platform_roles=["auditor"])


@pytest.fixture
def approver(db: None) -> User:
    return make_user("approver@platform.test", platform_roles=["approver"])


@pytest.fixture
def tenant_admin(acme: Tenant) -> User:
    return make_member(acme, "admin")


@pytest.fixture
def rows(acme: Tenant, globex: Tenant) -> list[dict[type[models.Model], Any]]:
    """Acme's rows, globex's, and those of no tenant."""
    return [fill(acme), fill(globex), fill_libraries()]
