"""The scenarios that are shipped go as they say, leave nothing, and say so when they do not."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from maestro.kernel.models import OutboxEvent
from maestro.tenancy.models import Tenant, User
from marketplace.scenarios import ScenarioInvalid, parse_scenario
from marketplace.services.run_scenario import run_scenario

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

FOLDER = Path(__file__).parents[2] / "examples" / "marketplace-scenarios"
FILES = sorted(FOLDER.glob("*.yaml"))
SHORT = """
title: Something
given:
  publisher: scenario-publisher
  tenants: [scenario-partner]
  releases: [{number: 1.0.0, steps: [{id: a, task: core.set@1, with: {values: {n: 1}}}]}]
when:
  - {do: install, name: mine, tenant: scenario-partner}
then:
  mine: {number: 1.0.0}
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_shipped_scenario_goes_as_it_says_and_leaves_nothing(file: Path) -> None:
    assert run_scenario(parse_scenario(file.read_text())) == []
    assert not Tenant.objects.filter(slug__startswith="scenario-").exists()
    assert not User.objects.filter(email__contains="scenario-").exists()
    assert not OutboxEvent.objects.using("owner").exists()


def test_each_kind_is_shipped() -> None:
    assert {file.stem for file in FILES} >= {
        "install", "upgrade", "high-risk", "cross-tenant", "withdrawn", "unhealthy-wave",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("mine: {number: 1.0.0}", "mine: {number: 2.0.0}", "number is '1.0.0', not '2.0.0'"),
        ("partner}\nthen", "partner, refused: denied}\nthen", "was done, and should be refused"),
        ("name: mine, t", "name: N O, t", "refused with installation_invalid ['/name']"),
    ],
)
def test_what_goes_otherwise_is_said(written: str, instead: str, said: str) -> None:
    text = SHORT.replace(written, instead)
    if "N O" in instead:
        text = text.partition("then:")[0]
    (wrong,) = run_scenario(parse_scenario(text))
    assert said in wrong


def test_a_refusal_must_name_its_reasons() -> None:
    text = SHORT.partition("then:")[0].replace(
        "name: mine,", "name: N O, refused: installation_invalid, problems: [/hosts],"
    )
    (wrong,) = run_scenario(parse_scenario(text))
    assert "does not name /hosts" in wrong


def test_a_tenant_of_that_name_is_left_alone() -> None:
    Tenant.objects.create(slug="scenario-partner", name="Ours")
    (wrong,) = run_scenario(parse_scenario(SHORT))
    assert "There is a tenant called scenario-partner already" in wrong


@pytest.mark.parametrize(
    "text",
    ["", "title: [", "title: A\ngiven: {}\nwhen: []", "a: b", SHORT.replace("do: i", "do: x")],
)
def test_what_is_no_scenario_is_told(text: str) -> None:
    with pytest.raises(ScenarioInvalid):
        parse_scenario(text)


def test_the_command_runs_a_folder_and_fails_for_one_that_goes_otherwise(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(SHORT)
    out = StringIO()
    call_command("marketplace_scenarios", str(tmp_path), stdout=out)
    assert "✓ good.yaml: Something" in out.getvalue()
    assert "Nothing was kept." in out.getvalue()
    (tmp_path / "bad.yaml").write_text(SHORT.replace("mine: {number: 1", "mine: {number: 2"))
    (tmp_path / "none.yaml").write_text("a: b")
    with pytest.raises(CommandError, match="2 of 3"):
        call_command("marketplace_scenarios", str(tmp_path), stdout=out)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CommandError, match="no scenario"):
        call_command("marketplace_scenarios", str(empty), stdout=out)
