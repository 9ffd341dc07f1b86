"""Changing an installation: what runs next, what stops, what is kept, what the publisher learns."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections, transaction

from catalog.models import Visibility, WorkflowTemplate
from governance.models import Receipt
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput, NotFound
from maestro.kernel.locks import hold
from maestro.kernel.statements import fetch
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.models import Execution, Grant
from maestro.runtime.services.find_grant import InstallationStopped
from maestro.runtime.services.start_execution import start_execution
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from marketplace.models import Adoption, InstanceChange, WorkflowInstance
from marketplace.services.change_installation import InstallationChanged
from marketplace.services.check_installation import InstallationInvalid
from marketplace.services.configure_installation import configure_installation
from marketplace.services.note_adoption import (
    note_adoption,
    stop_runs_of,
    sweep_installations,
)
from marketplace.services.read_installations import (
    WantedInstallations,
    find_installations,
    read_installation,
    read_installations,
)
from marketplace.services.stop_installation import (
    resume_installation,
    stop_installation,
    uninstall,
)
from tests.at_once import somebody_waits
from tests.embedded.waiting import until
from tests.factories import actor_of
from tests.marketplace.worlds import installed, released
from tests.runtime.driving import ALIASES, look

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

WAITING = "- {id: a, task: core.wait@1, with: {duration: 72h}}"


@pytest.fixture
def admin(globex: Tenant) -> Actor:
    """Somebody who manages what globex installed."""
    return actor_of(globex, "admin")


def grants(tenant: Tenant) -> list[Grant]:
    """All grants, the oldest first."""
    with tenant_scope(tenant.pk):
        return list(Grant.objects.order_by("created_at", "id"))


def kinds(tenant: Tenant) -> list[str]:
    """What happened to the tenant's installations."""
    with tenant_scope(tenant.pk):
        return list(InstanceChange.objects.order_by("id").values_list("kind", flat=True))


def begun(actor: Actor) -> Execution:
    """An execution of the installation that is under way."""
    execution = start_execution(actor=actor, installation="mine").execution
    drive(execution.pk)
    return look(execution)


def test_a_configuration_is_a_new_grant_and_what_runs_keeps_its_own(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author, WAITING)
    installed(admin)
    running = begun(admin)
    changes: dict[str, Any] = {"parameters": {"n": 4}, "quotas": {"per_day": 9}}
    made = configure_installation(actor=admin, name="mine", changes=changes, expected_revision=0)
    old, new = grants(globex)
    assert (made.revision, made.grant_id) == (1, new.pk)
    assert old.superseded_at is not None
    assert new.superseded_at is None
    assert (new.parameters, new.quotas) == ({"n": 4}, {"per_day": 9})
    assert look(running).grant_id == old.pk
    assert start_execution(actor=admin, installation="mine").execution.parameters["n"] == 4
    with tenant_scope(globex.pk):
        change = InstanceChange.objects.get(kind="configure")
        receipt = Receipt.objects.get(kind="installation.configure")
    assert receipt.pk == change.receipt_id
    assert (change.before or {})["parameters"] == {"n": 3}
    assert '"n"' not in str(receipt.statement)


def test_a_configuration_that_changes_nothing_leaves_nothing(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    installed(admin)
    same = configure_installation(actor=admin, name="mine", changes={"parameters": {"n": 3}})
    assert same.revision == 0
    assert kinds(globex) == ["install"]


def test_a_wrong_or_late_configuration_changes_nothing(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    installed(admin)
    with pytest.raises(InstallationInvalid):
        configure_installation(actor=admin, name="mine", changes={"parameters": {"n": 99}})
    with pytest.raises(InvalidInput):
        configure_installation(actor=admin, name="mine", changes={"number": "2.0.0"})
    configure_installation(actor=admin, name="mine", changes={"region": "eu"}, expected_revision=0)
    with pytest.raises(InstallationChanged, match="since you looked"):
        configure_installation(
            actor=admin, name="mine", changes={"region": "us"}, expected_revision=0
        )
    assert kinds(globex) == ["install", "configure"]
    assert len(grants(globex)) == 2


def test_an_installation_outlives_what_its_template_shows(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    release = released(author)
    installed(admin)
    with tenant_scope(release.tenant_id):
        WorkflowTemplate.objects.update(visibility=Visibility.INTERNAL)
    made = configure_installation(actor=admin, name="mine", changes={"region": "eu"})
    assert made.region == "eu"
    assert begun(admin).status == "succeeded"


def test_a_stopped_one_starts_nothing_ends_what_runs_and_may_go_on(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author, WAITING)
    installed(admin)
    running = begun(admin)
    with pytest.raises(InvalidInput):
        stop_installation(actor=admin, name="mine", reason=" ")
    stopped = stop_installation(actor=admin, name="mine", reason="It looped.")
    assert (stopped.status, stopped.status_reason) == ("stopped", "It looped.")
    assert stop_installation(actor=admin, name="mine", reason="Again.").revision == 1
    with pytest.raises(InstallationStopped, match="It looped"):
        start_execution(actor=admin, installation="mine")
    assert stop_runs_of(stopped.pk) == 1
    drive(running.pk)
    assert look(running).status == "cancelled"
    for _ in range(2):  # once more changes nothing
        assert resume_installation(actor=admin, name="mine").status == "active"
    assert begun(admin).status == "running"
    assert kinds(globex) == ["install", "stop", "resume"]


def test_a_stopped_one_that_is_configured_stays_stopped(author: Actor, admin: Actor) -> None:
    released(author)
    installed(admin)
    stop_installation(actor=admin, name="mine", reason="It looped.")
    configure_installation(actor=admin, name="mine", changes={"region": "eu"})
    with pytest.raises(InstallationStopped):
        start_execution(actor=admin, installation="mine")


def test_an_uninstalled_one_is_gone_and_its_executions_and_receipts_stay(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    made = installed(admin)
    done = begun(admin)
    uninstall(actor=admin, name="mine")
    with pytest.raises(NotFound):
        start_execution(actor=admin, installation="mine")
    with pytest.raises(NotFound), tenant_scope(globex.pk):
        read_installation(actor=admin, name="mine")
    assert look(done).status == "succeeded"
    with tenant_scope(globex.pk):
        kept = Receipt.objects.filter(subject_id=str(made.pk)).values_list("kind", flat=True)
        assert set(kept) == {"installation.create", "installation.uninstall"}
        assert not Grant.objects.in_force().exists()
    assert installed(admin).pk != made.pk


def test_only_admins_stop_and_uninstall_and_strangers_find_nothing(
    author: Actor, globex: Tenant, admin: Actor, acme: Tenant
) -> None:
    released(author)
    installed(admin)
    operator = actor_of(globex, "operator")
    with pytest.raises(Denied):
        stop_installation(actor=operator, name="mine", reason="No.")
    with pytest.raises(Denied):
        uninstall(actor=operator, name="mine")
    with pytest.raises(NotFound):
        uninstall(actor=actor_of(acme, "admin"), name="mine")
    with tenant_scope(globex.pk):
        assert read_installation(actor=operator, name="mine").status == "active"


def adoptions(tenant: Tenant) -> list[tuple[str, str, str]]:
    """What a publisher knows of installations."""
    with tenant_scope(tenant.pk):
        return list(Adoption.objects.values_list("installer_slug", "number", "status"))


def installs(tenant: Tenant) -> int:
    """How often the template counts as installed."""
    with tenant_scope(tenant.pk):
        return WorkflowTemplate.objects.get().installs


def test_the_publisher_learns_who_is_on_which_version_and_no_more(
    author: Actor, acme: Tenant, globex: Tenant, admin: Actor
) -> None:
    released(author)
    made = installed(admin)
    note_adoption(made.pk)
    note_adoption(made.pk)
    assert adoptions(acme) == [("globex", "1.0.0", "active")]
    assert installs(acme) == 1
    assert adoptions(globex) == []
    with tenant_scope(acme.pk):
        assert not WorkflowInstance.objects.exists()
    uninstall(actor=admin, name="mine")
    note_adoption(made.pk)
    assert adoptions(acme) == [("globex", "1.0.0", "uninstalled")]
    assert installs(acme) == 0


def test_who_counts_installs_waits_for_who_counts_them_before(
    author: Actor, acme: Tenant, admin: Actor
) -> None:
    template = released(author).template_id
    made = installed(admin)

    def note() -> None:
        try:
            note_adoption(made.pk)
        finally:
            connections.close_all()

    job = threading.Thread(target=note)
    with transaction.atomic(using="owner"):
        hold(f"installs:{template}", using="owner")
        job.start()
        until(somebody_waits, of="the job at the count")
        uninstall(actor=admin, name="mine")
    job.join(60)
    assert installs(acme) == 0
    assert adoptions(acme) == [("globex", "1.0.0", "uninstalled")]


def test_what_a_lost_message_left_undone_is_asked_for_again(
    author: Actor, acme: Tenant, admin: Actor
) -> None:
    released(author, WAITING)
    made = installed(admin)
    begun(admin)
    assert sweep_installations() == 1
    note_adoption(made.pk)
    assert sweep_installations() == 0
    stop_installation(actor=admin, name="mine", reason="It looped.")
    note_adoption(made.pk)
    assert sweep_installations() == 1
    stop_runs_of(made.pk)
    assert sweep_installations() == 0
    assert fetch("jobs", "SELECT count(*) FROM marketplace_adoption", {})[0]["count"] == 1


def test_installations_are_found_by_words_and_filters_page_by_page(
    author: Actor, globex: Tenant, admin: Actor
) -> None:
    released(author)
    for name in ("alpha", "beta", "gamma"):
        installed(admin, name=name)
    stop_installation(actor=admin, name="beta", reason="It looped.")

    def names(**kwargs: Any) -> tuple[list[str], str]:
        paging = {key: kwargs.pop(key) for key in ("after", "most") if key in kwargs}
        with tenant_scope(globex.pk):
            rows = read_installations(actor=admin)
            found = find_installations(rows=rows, wanted=WantedInstallations(**kwargs), **paging)
            return [one.name for one in found.rows], found.after

    assert names(most=2) == (["alpha", "beta"], "beta")
    assert names(most=2, after="beta") == (["gamma"], "")
    assert names(words="TRIED amm") == (["gamma"], "")
    assert names(status="stopped") == (["beta"], "")
    assert names(environment="production") == ([], "")
    assert names(workflow="acme/tried")[0] == ["alpha", "beta", "gamma"]


def test_its_publisher_is_not_told_when_something_else_of_it_changed(
    author: Actor, admin: Actor, acme: Tenant
) -> None:
    released(author)
    instance = installed(admin)
    note_adoption(instance.pk)
    since = Adoption.objects.using("owner").get().since
    configure_installation(actor=admin, name="mine", changes={"quotas": {"per_day": 9}})
    note_adoption(instance.pk)
    assert Adoption.objects.using("owner").get().since == since
    stop_installation(actor=admin, name="mine", reason="It looped.")
    note_adoption(instance.pk)
    assert Adoption.objects.using("owner").get().since > since
