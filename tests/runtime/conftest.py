"""Who looks at the pages, and what there is to run."""

from __future__ import annotations

import pytest
from django.test import Client

from maestro.kernel.actor import Actor
from maestro.tenancy.models import Tenant
from tests.factories import make_member
from tests.runtime.driving import freeze
from tests.runtime.run_forms import EXAMPLES, PARAMETERS, STEPS


@pytest.fixture
def frozen(author: Actor) -> None:
    freeze(author, STEPS, parameters=PARAMETERS, rest=EXAMPLES)


@pytest.fixture
def browser(acme: Tenant, client: Client) -> Client:
    client.force_login(make_member(acme, "operator"))
    return client
