"""The page of the policies: what is in force, in words, for whoever has a place here."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from governance.policy.bundle import load_bundle
from governance.services.activate_policies import activate_policies
from governance.services.build_policies import build_policies
from maestro.kernel.actor import system_actor
from maestro.tenancy.models import Tenant
from tests.factories import make_user
from tests.governance.policy.changing import shipped_with
from tests.pages.browser import faults, parse
from tests.tenancy.settings_forms import signed_in_as

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

URL = "/policies/"
MAESTRO = system_actor("tests")


def shown(client: Client) -> str:
    answer = client.get(URL)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_tells_reasons_controls_actions_and_packages(acme: Tenant) -> None:
    text = shown(signed_in_as(acme, "viewer")[0])
    assert reverse("tenancy:policies") == URL
    assert load_bundle().revision in text
    for part in ("own_execution", "ISO27001:A.5.3", "Segregation of duties", "workflow.freeze"):
        assert part in text
    assert 'href="#own_execution"' in text
    assert "maestro.approval" in text
    assert faults(parse(text)) == []


def test_it_tells_what_is_in_force_not_what_came_with_the_code(
    acme: Tenant, tmp_path: Path
) -> None:
    folder = shipped_with(tmp_path)
    path = folder / "reasons.rego"
    path.write_text(path.read_text().replace("Say what this is for:", "Say why, please:"))
    row = activate_policies(actor=MAESTRO, bundle=build_policies(actor=MAESTRO, folder=folder))
    text = shown(signed_in_as(acme, "viewer")[0])
    assert row.revision in text
    assert "Say why, please:" in text


def test_it_is_for_those_who_have_a_place_here(acme: Tenant) -> None:
    stranger = Client()
    assert stranger.get(URL).status_code == 302
    stranger.force_login(make_user())
    assert stranger.get(URL).status_code in {400, 403}
