"""Who calls the API in these tests."""

from __future__ import annotations

import pytest

from maestro.tenancy.models import Tenant
from tests.api.calling import Caller, caller_in


@pytest.fixture
def author_calls(acme: Tenant) -> Caller:
    """Somebody who writes workflows in acme; they may run them too."""
    return caller_in(acme, "author")


@pytest.fixture
def operator_calls(acme: Tenant) -> Caller:
    """Somebody who runs workflows in acme."""
    return caller_in(acme, "operator")


@pytest.fixture
def viewer_calls(acme: Tenant) -> Caller:
    """Somebody who only looks."""
    return caller_in(acme, "viewer")


@pytest.fixture
def stranger_calls(globex: Tenant) -> Caller:
    """An admin of another tenant, who must never see acme's rows."""
    return caller_in(globex, "admin")
