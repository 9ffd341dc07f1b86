"""Row-level security, seen from each role; the tenant belongs to a transaction and to nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from maestro.kernel.models import OutboxEvent
from maestro.kernel.tenant import afterwards, current_tenant, tenant_scope
from maestro.tenancy.models import ApiToken, Membership, Tenant
from tests.factories import make_member, make_tenant

ALL = ["default", "jobs", "platform", "owner"]


def _publish(tenant: Tenant, subject: str) -> None:
    with tenant_scope(tenant.pk):
        OutboxEvent.objects.create(tenant_id=tenant.pk, kind="test", subject=subject)


def test_a_tenant_sees_its_own_rows_and_no_other(acme: Tenant, globex: Tenant) -> None:
    _publish(acme, "ours")
    _publish(globex, "theirs")
    with tenant_scope(acme.pk):
        assert [event.subject for event in OutboxEvent.objects.all()] == ["ours"]
        assert OutboxEvent.objects.count() == 1
        assert OutboxEvent.objects.filter(tenant_id=globex.pk).count() == 0


def test_reading_without_a_tenant_is_an_error_and_not_an_empty_list(acme: Tenant) -> None:
    _publish(acme, "ours")
    with pytest.raises(DatabaseError, match="no tenant is set"), transaction.atomic():
        list(OutboxEvent.objects.all())


def test_a_lazy_queryset_evaluated_after_its_scope_is_an_error(acme: Tenant) -> None:
    _publish(acme, "ours")
    with tenant_scope(acme.pk):
        late = OutboxEvent.objects.all()
    with pytest.raises(DatabaseError, match="no tenant is set"), transaction.atomic():
        list(late)


def test_writing_another_tenants_row_is_refused(acme: Tenant, globex: Tenant) -> None:
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        tenant_scope(acme.pk),
    ):
        OutboxEvent.objects.create(tenant_id=globex.pk, kind="test", subject="planted")


def test_updating_and_deleting_pass_over_another_tenants_rows(acme: Tenant, globex: Tenant) -> None:
    _publish(globex, "theirs")
    with tenant_scope(acme.pk):
        assert OutboxEvent.objects.filter(subject="theirs").update(kind="stolen") == 0
        assert OutboxEvent.objects.all().delete() == (0, {})
    with tenant_scope(globex.pk):
        assert OutboxEvent.objects.get().kind == "test"


def test_the_outer_tenant_is_back_after_an_inner_scope(acme: Tenant, globex: Tenant) -> None:
    _publish(acme, "ours")
    with tenant_scope(acme.pk):
        with tenant_scope(globex.pk):
            assert current_tenant() == globex.pk
            assert OutboxEvent.objects.count() == 0
        assert current_tenant() == acme.pk
        assert OutboxEvent.objects.count() == 1


def test_the_outer_tenant_is_back_after_an_inner_scope_failed(acme: Tenant, globex: Tenant) -> None:
    _publish(acme, "ours")
    with tenant_scope(acme.pk):
        with pytest.raises(IntegrityError), tenant_scope(globex.pk):
            Membership.objects.create(tenant_id=globex.pk, user_id=uuid4(), roles=None)
        assert OutboxEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True, databases=ALL)
def test_a_pooled_connection_carries_no_tenant_to_the_next_transaction() -> None:
    _publish(make_tenant(), "ours")
    with pytest.raises(DatabaseError, match="no tenant is set"):
        OutboxEvent.objects.count()


@pytest.mark.django_db(transaction=True, databases=ALL)
def test_a_cut_connection_is_an_error_of_the_database_and_the_next_one_works() -> None:
    tenant = make_tenant()
    connection.ensure_connection()
    connection.connection.pgconn.finish()
    with pytest.raises(DatabaseError), tenant_scope(tenant.pk):
        raise AssertionError("it went on without a connection")
    connection.close()
    _publish(tenant, "ours")


@pytest.mark.django_db(transaction=True, databases=ALL)
def test_what_is_left_for_afterwards_survives_the_roll_back() -> None:
    tenant = make_tenant()

    def remember() -> None:
        OutboxEvent.objects.create(tenant_id=tenant.pk, kind="test", subject="kept")

    def refuse() -> None:
        with tenant_scope(tenant.pk), tenant_scope(tenant.pk):
            OutboxEvent.objects.create(tenant_id=tenant.pk, kind="test", subject="lost")
            afterwards(remember)
            raise LookupError

    with pytest.raises(LookupError):
        refuse()
    with tenant_scope(tenant.pk):
        assert [event.subject for event in OutboxEvent.objects.all()] == ["kept"]


@pytest.fixture
def two_tenants() -> Iterator[tuple[Tenant, Tenant]]:
    acme, globex = make_tenant(), make_tenant()
    _publish(acme, "ours")
    _publish(globex, "theirs")
    return acme, globex


@pytest.mark.django_db(transaction=True, databases=ALL)
@pytest.mark.parametrize("alias", ["jobs", "platform"])
def test_jobs_and_reviewers_see_every_tenant(
    alias: str, two_tenants: tuple[Tenant, Tenant]
) -> None:
    subjects = OutboxEvent.objects.using(alias).order_by("id").values_list("subject", flat=True)
    assert list(subjects) == ["ours", "theirs"]


@pytest.mark.django_db(transaction=True, databases=ALL)
def test_reviewers_can_write_nothing(two_tenants: tuple[Tenant, Tenant]) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        OutboxEvent.objects.using("platform").update(kind="touched")
    with pytest.raises(DatabaseError, match="permission denied"):
        Tenant.objects.using("platform").update(name="touched")


@pytest.mark.django_db(transaction=True, databases=ALL)
def test_jobs_may_not_touch_what_is_not_granted_to_them(
    two_tenants: tuple[Tenant, Tenant],
) -> None:
    with pytest.raises(DatabaseError, match="permission denied"):
        list(ApiToken.objects.using("jobs").all())


def test_the_two_questions_before_a_tenant_is_known_answer_for_one_person_only(
    acme: Tenant, globex: Tenant
) -> None:
    ours, theirs = make_member(acme, "viewer"), make_member(globex, "admin")
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug FROM maestro_seats(%s)", [ours.pk])
        assert cursor.fetchall() == [("acme",)]
        cursor.execute("SELECT slug FROM maestro_seats(%s)", [theirs.pk])
        assert cursor.fetchall() == [("globex",)]
        cursor.execute("SELECT count(*) FROM maestro_token('sha256:unknown')")
        assert cursor.fetchone() == (0,)
