"""What `make run` begins with: made through the services, once, and in a demo alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from catalog.models import WorkflowDefinition
from connectors.outbound import AddressPolicy, configure
from governance.models import Receipt
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution
from maestro.tenancy.demo import DEMO_PASSWORD, demo_people
from maestro.tenancy.models import Tenant, User
from marketplace.models import (
    Certification,
    Release,
    Submission,
    VerifiedPublisher,
    WorkflowInstance,
)
from marketplace.services.install_system_workflows import install_system_workflows

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


SINK = {"host": "127.0.0.1", "port": 1025, "tls": "none", "sender": "maestro@acme.test"}


@pytest.fixture(autouse=True)
def practice_world() -> Iterator[None]:
    """The practice world is within reach, as `make run` says to its processes."""
    configure(AddressPolicy.of(practice=["127.0.0.1:8025", "127.0.0.1:1025"]))
    yield
    configure(AddressPolicy())


def load(settings: Settings) -> tuple[Tenant, Tenant]:
    """Load it, as a start of `make run` does."""
    settings.MAESTRO_DEMO = True
    settings.PLATFORM_CONNECTIONS = {"smtp": SINK}
    install_system_workflows()
    call_command("load_examples", verbosity=0)
    return Tenant.objects.get(slug="acme"), Tenant.objects.get(slug="globex")


def test_a_newcomer_finds_releases_an_installation_and_work_for_reviewers(
    settings: Settings,
) -> None:
    acme, globex = load(settings)
    with tenant_scope(acme.pk):
        released = {(each.slug, each.number): each for each in Release.objects.for_tenant(acme.pk)}
        assert sorted(released) == [
            ("collect-access-evidence", "5.0.2"),
            ("investigate-cost-anomaly", "2.0.1"),
            ("welcome-newcomer", "1.1.0"),
            ("welcome-newcomer", "2.0.0"),
        ]
        later = released["welcome-newcomer", "2.0.0"]
        assert later.is_breaking
        assert later.migrations
        certified = Certification.objects.for_tenant(acme.pk).get()
        assert certified.release_id == released["collect-access-evidence", "5.0.2"].pk
        waiting = Submission.objects.for_tenant(acme.pk).open().get()
        assert (waiting.template.slug, waiting.status) == ("offboard-employee", "in_review")
    assert VerifiedPublisher.objects.get().publisher == "acme"
    with tenant_scope(globex.pk):
        installed = WorkflowInstance.objects.for_tenant(globex.pk).get()
        assert (installed.slug, installed.number) == ("welcome-newcomer", "1.1.0")
        ran = Execution.objects.for_tenant(globex.pk).of_installation(installed.pk)
        assert ran.count() == 3


def test_a_second_start_adds_nothing(settings: Settings) -> None:
    def counted() -> list[int]:
        numbers = []
        for tenant in load(settings):
            with tenant_scope(tenant.pk):
                numbers += [
                    model.objects.for_tenant(tenant.pk).count()
                    for model in (Receipt, Execution, Submission, WorkflowInstance)
                ]
        return numbers

    assert counted() == counted()


def test_everybody_of_the_demo_is_let_in_when_made_and_who_was_locked_stays_so(
    settings: Settings,
) -> None:
    load(settings)
    for person in demo_people():
        assert User.objects.get(email=person.email).check_password(DEMO_PASSWORD), person.email
    locked = User.objects.get(email="viewer@acme.test")
    locked.set_unusable_password()
    locked.save()
    load(settings)
    locked.refresh_from_db()
    assert not locked.has_usable_password()


def test_a_start_with_another_port_of_the_practice_world_keeps_what_is_there(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(settings)
    monkeypatch.setenv("PRACTICE_HTTP_PORT", "18025")
    load(settings)
    assert "An example stays as it is. Version 3.2.0" in capsys.readouterr().err


def test_where_policy_refuses_it_the_people_and_workflows_are_there_still(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(AddressPolicy())
    acme, _ = load(settings)
    assert "left out" in capsys.readouterr().err
    with tenant_scope(acme.pk):
        assert not Release.objects.for_tenant(acme.pk).exists()
        assert WorkflowDefinition.objects.for_tenant(acme.pk).exists()


def test_elsewhere_than_in_a_demo_it_is_refused(settings: Settings) -> None:
    settings.MAESTRO_DEMO = False
    with pytest.raises(CommandError, match="not in production"):
        call_command("load_examples")
    assert not Tenant.objects.exists()
