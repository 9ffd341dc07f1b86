"""The console's page of the policies: a platform's admin puts them in force, and takes them back."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from governance.models import BundleStatus, PolicyBundle
from governance.services.build_policies import build_policies
from governance.services.policies_in_force import in_force
from maestro.kernel.actor import system_actor
from tests.console.conftest import signed_in
from tests.factories import make_user
from tests.governance.policy.changing import shipped_with
from tests.runtime.driving import ALIASES

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

MAESTRO = system_actor("tests")


def person(role: str) -> Client:
    return signed_in(make_user(platform_roles=[role]))


def did(client: Client, row: PolicyBundle, name: str) -> str:
    url = reverse("admin:governance_policybundle_act", args=[row.pk])
    answer = client.post(url, {"act": name, "purpose": "platform.operations"})
    said = " ".join(str(one) for one in get_messages(answer.wsgi_request))
    client.get(reverse("admin:index"))  # shows them, so that the next answer has its own alone
    return said


def test_an_admin_activates_and_rolls_back(tmp_path: Path) -> None:
    admin = person("platform_admin")
    row = build_policies(actor=MAESTRO, folder=shipped_with(tmp_path, authz="\n# another\n"))
    assert f"{row.revision} is in force" in did(admin, row, "activate")
    assert in_force().digest == row.digest
    assert "What came with the code is in force again." in did(admin, row, "roll_back")
    assert PolicyBundle.objects.get().status == BundleStatus.RETIRED


def test_what_is_refused_says_why_and_changes_nothing(tmp_path: Path) -> None:
    bad = shipped_with(tmp_path, purposes='\nknown if input.context.purpose == "fun"\n')
    row = build_policies(actor=MAESTRO, folder=bad)
    assert "an unknown purpose is refused" in did(person("platform_admin"), row, "activate")
    assert PolicyBundle.objects.get().status == BundleStatus.BUILT


def test_an_auditor_changes_nothing(tmp_path: Path) -> None:
    row = build_policies(actor=MAESTRO)
    did(person("auditor"), row, "activate")
    assert PolicyBundle.objects.get().status == BundleStatus.BUILT
