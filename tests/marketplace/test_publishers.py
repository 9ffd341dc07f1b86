"""Who confirms a publisher, and who takes that back."""

from __future__ import annotations

from uuid import UUID

import pytest

from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput, NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from maestro.tenancy.models import Tenant
from marketplace.models import VerifiedPublisher
from marketplace.services.verify_publisher import revoke_publisher, verify_publisher
from tests.factories import actor_of, make_tenant, make_user

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def staff(acme: Tenant) -> Actor:
    return actor_of(
        Tenant(id=PLATFORM_TENANT, slug="platform"),
        user=make_user(),
        purpose="platform.operations",
        platform_roles=frozenset({"platform_admin"}),
    )


def test_the_platforms_people_confirm_a_publisher_with_a_receipt(staff: Actor) -> None:
    row = verify_publisher(
        actor=staff, publisher="acme", evidence=" By DNS. ", link="https://acme.test/key"
    )
    assert (row.publisher, row.evidence, row.revoked_at) == ("acme", "By DNS.", None)
    with tenant_scope(PLATFORM_TENANT):
        receipt = Receipt.objects.get(subject_type="publisher", subject_id="acme")
    assert receipt.statement["predicate"]["what"]["is"] == "verified"


def test_nobody_of_a_tenant_does(acme: Tenant) -> None:
    with pytest.raises(Denied):
        verify_publisher(actor=actor_of(acme, "admin"), publisher="acme", evidence="We say so.")
    assert not VerifiedPublisher.objects.exists()


def test_it_is_said_by_what_and_all_that_is_wrong_at_once(staff: Actor) -> None:
    with pytest.raises(InvalidInput) as caught:
        verify_publisher(actor=staff, publisher="acme", evidence=" ", link="javascript:alert(1)")
    assert [problem.path for problem in caught.value.problems] == ["/evidence", "/link"]
    with pytest.raises(NotFound):
        verify_publisher(actor=staff, publisher="nobody", evidence="By DNS.")


def test_it_is_taken_back_once_with_a_reason_and_confirmed_anew(staff: Actor) -> None:
    verify_publisher(actor=staff, publisher="acme", evidence="By DNS.")
    with pytest.raises(InvalidInput):
        revoke_publisher(actor=staff, publisher="acme", reason=" ")
    assert revoke_publisher(actor=staff, publisher="acme", reason="Sold.").revoked_at
    with pytest.raises(Conflict):
        revoke_publisher(actor=staff, publisher="acme", reason="Sold.")
    assert verify_publisher(actor=staff, publisher="acme", evidence="By phone.").revoked_at is None
    assert VerifiedPublisher.objects.count() == 1


def test_what_was_never_confirmed_is_not_taken_back(staff: Actor) -> None:
    make_tenant("globex")
    with pytest.raises(NotFound):
        revoke_publisher(actor=staff, publisher="globex", reason="Sold.")
    assert isinstance(staff.tenant_id, UUID)
