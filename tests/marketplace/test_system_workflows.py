"""Maestro's own workflows: installed once, started by services alone, their tasks named by nobody
else."""

from __future__ import annotations

import pytest

from catalog.document import DocumentInvalid
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.services.edit_metadata import check_changes
from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from marketplace.services.install_system_workflows import install_system_workflows
from tests.runtime.driving import freeze, start

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_installing_again_changes_nothing() -> None:
    first = install_system_workflows()
    assert [each.pk for each in install_system_workflows()] == [each.pk for each in first]
    with tenant_scope(PLATFORM_TENANT):
        assert WorkflowVersion.objects.count() == len(first)
        assert set(WorkflowDefinition.objects.values_list("scope", flat=True)) == {"system"}


def test_what_was_installed_before_is_told_by_its_address_too() -> None:
    for _ in range(2):
        installed = install_system_workflows()
        assert [each.definition.address for each in installed] == ["maestro/publish-release"]


def test_nobody_starts_one_by_its_address(author: Actor) -> None:
    install_system_workflows()
    with pytest.raises(NotFound):
        start(author, "maestro/publish-release", parameters={})


@pytest.mark.parametrize("task", ["release.check@1", "release.sign@1", "release.list@1"])
def test_a_tenants_document_can_not_name_a_task_of_maestros_own(author: Actor, task: str) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        freeze(author, f"- {{id: a, task: {task}, with: {{submission: x}}}}")
    assert [problem.code for problem in refused.value.problems] == ["unknown_task"]


def test_a_tenants_approval_can_not_name_roles_of_the_platform(author: Actor) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        freeze(author, "- {id: a, task: core.approval@1, with: {roles: [approver]}}")
    assert refused.value.problems[0].path == "/steps/0/with/roles"


def test_nobody_makes_their_own_workflow_one_of_maestros() -> None:
    assert [problem.path for problem in check_changes({"scope": "system"})] == ["/scope"]
