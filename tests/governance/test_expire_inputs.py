"""What policy was asked long ago goes; what a decision of late was made on stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connections, transaction

from governance.models import Decision, PolicyInput
from governance.policy.bundle import load_bundle
from governance.services.expire_inputs import expire_inputs
from governance.services.policy_impact import policy_impact
from governance.services.record_decision import KNOWN_FOR
from maestro.kernel.clock import now
from maestro.kernel.identity import first_id_at
from maestro.tenancy.models import Tenant

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "owner", "jobs", "platform"]
)

_INSERT = (
    "INSERT INTO governance_policyinput (id, tenant_id, created_at, digest, content)"
    " VALUES (%s, %s, %s, %s, '')"
)


def asked(tenant: Tenant, digest: str, *, days: float, place: int = 0) -> None:
    """An input that was first asked so many days ago."""
    moment = now() - timedelta(days=days)
    made = UUID(int=first_id_at(moment).int + place)
    with connections["owner"].cursor() as cursor:
        cursor.execute(_INSERT, [made, tenant.pk, moment, digest])


def decided(tenant: Tenant, digest: str, *, days: float) -> None:
    """A decision on it, so many days ago."""
    moment = now() - timedelta(days=days)
    facts: dict[str, Any] = {
        "actor_kind": "user",
        "action": "execution.start",
        "allow": True,
        "latency_us": 1,
    }
    Decision.objects.using("owner").create(
        id=first_id_at(moment), tenant_id=tenant.pk, input_digest=digest, decided_at=moment, **facts
    )


def left() -> set[str]:
    return set(PolicyInput.objects.using("owner").values_list("digest", flat=True))


def test_what_no_decision_of_late_was_made_on_goes(acme: Tenant, globex: Tenant) -> None:
    asked(acme, "old", days=40)
    decided(acme, "old", days=39)
    asked(acme, "old, and asked again", days=40, place=1)
    decided(acme, "old, and asked again", days=3)
    asked(acme, "new", days=3)
    asked(globex, "old, and asked again", days=40, place=2)  # by another tenant, which counts not
    assert expire_inputs(days=30) == 2
    assert left() == {"old, and asked again", "new"}
    assert PolicyInput.objects.using("owner").get(digest="new").tenant_id == acme.pk
    assert Decision.objects.using("owner").filter(input_digest="old").exists()


def test_the_batches_come_to_the_end_and_a_run_has_one_too(acme: Tenant) -> None:
    for place in range(7):
        asked(acme, f"i{place}", days=40, place=place)
    assert expire_inputs(days=30, batch=2, most=5) == 5
    assert left() == {"i5", "i6"}
    assert expire_inputs(days=30, batch=2, most=5) == 2
    assert expire_inputs(days=30, batch=2, most=5) == 0


def test_the_settings_say_how_long_and_0_is_for_ever(acme: Tenant, settings: Any) -> None:
    asked(acme, "old", days=400)
    settings.MAESTRO_POLICY_INPUT_DAYS = 0
    assert expire_inputs() == 0
    settings.MAESTRO_POLICY_INPUT_DAYS = 500
    assert expire_inputs() == 0
    settings.MAESTRO_POLICY_INPUT_DAYS = 300
    assert expire_inputs() == 1


def test_what_a_process_may_take_for_kept_never_goes(acme: Tenant) -> None:
    asked(acme, "within two days", days=1.9)
    assert expire_inputs(days=1) == 0
    assert timedelta(days=1).total_seconds() > KNOWN_FOR


@pytest.mark.parametrize(("alias", "days"), [("jobs", 0.9), ("owner", 9), ("default", 9)])
def test_the_database_lets_only_the_job_delete_and_only_what_is_old(
    acme: Tenant, alias: str, days: float
) -> None:
    asked(acme, "kept", days=days)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT set_config('maestro.tenant', %s, true)", [str(acme.pk)])
        with pytest.raises(DatabaseError), transaction.atomic(using=alias):
            cursor.execute("DELETE FROM governance_policyinput")
    assert left() == {"kept"}


def test_policy_impact_says_that_no_input_is_kept(acme: Tenant) -> None:
    decided(acme, "gone", days=5)
    impact = policy_impact(bundle=load_bundle(), since=now() - timedelta(days=9))
    assert (impact.compared, impact.not_kept) == (0, 1)
