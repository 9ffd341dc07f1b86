"""A real OPA with our sample configuration follows what is put in force, by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from governance.policy.bundle import load_bundle
from governance.policy.opa import OpaServer
from governance.services.activate_policies import activate_policies, rollback_policies
from governance.services.build_policies import build_policies
from governance.signing import signing_ring
from maestro.kernel.actor import system_actor
from tests.embedded.waiting import until
from tests.governance.policy.changing import shipped_with
from tests.governance.policy.real_opa import opa_that_follows

SAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "opa" / "config.yaml"
MAESTRO = system_actor("tests")


def sample() -> str:
    key = signing_ring().signer.public
    pem = key.pem.decode().strip().replace("\n", "\n      ")
    return SAMPLE.read_text().replace("KEY_ID", key.id).replace("PUBLIC_KEY", pem)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_opa_follows_an_activation_and_a_roll_back(
    live_server: LiveServer, settings: Any, tmp_path: Path
) -> None:
    settings.MAESTRO_BUNDLE_TOKEN = "for-the-tests"
    environ = {"MAESTRO_URL": live_server.url, "MAESTRO_BUNDLE_TOKEN": "for-the-tests"}
    shipped = load_bundle().revision
    row = build_policies(actor=MAESTRO, folder=shipped_with(tmp_path, authz="\n# another\n"))
    with opa_that_follows(sample(), tmp_path, **environ) as url:
        server = OpaServer(url)
        assert server.healthy() == (True, shipped)
        activate_policies(actor=MAESTRO, bundle=row)
        until(lambda: server.healthy() == (True, row.revision), within=5, of="the new revision")
        rollback_policies(actor=MAESTRO)
        until(lambda: server.healthy() == (True, shipped), within=5, of="the one before")
