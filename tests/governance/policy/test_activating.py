"""Bundles in the database: built, put in force, taken back; and what is refused on the way."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test import Client

from governance.models import BundleStatus, Decision, PolicyBundle, PolicyChange, Receipt
from governance.policy.bundle import load_bundle
from governance.policy.packed import pack_bundle
from governance.services.activate_policies import activate_policies, rollback_policies
from governance.services.build_policies import PoliciesRefused, build_policies, import_policies
from governance.services.policies_in_force import in_force
from governance.services.verify_receipt import verify_receipt
from governance.trust.keys import new_key
from maestro.api.views import bundles
from maestro.kernel.actor import Actor, system_actor
from maestro.kernel.errors import Conflict, Denied
from maestro.kernel.tenant import PLATFORM_TENANT, tenant_scope
from tests.governance.policy.changing import shipped_with

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

MAESTRO = system_actor("tests")
MORE = "\n# another\n"
SHIPPED = load_bundle().revision


def built(folder: Path, name: str, **more: str) -> PolicyBundle:
    return build_policies(actor=MAESTRO, folder=shipped_with(folder, name, **more))


def receipts() -> list[Receipt]:
    with tenant_scope(PLATFORM_TENANT):
        return list(Receipt.objects.for_tenant(PLATFORM_TENANT).order_by("id"))


def test_without_an_active_bundle_the_shipped_policies_are_in_force() -> None:
    assert in_force().revision == SHIPPED


def test_one_is_active_and_the_one_before_comes_back(tmp_path: Path) -> None:
    first, second = (built(tmp_path, name, authz=f"\n# {name}\n") for name in ("first", "second"))
    assert in_force().revision == SHIPPED
    for row in (first, second):
        activate_policies(actor=MAESTRO, bundle=row)
        assert in_force().digest == row.digest
    assert list(PolicyBundle.objects.order_by("id").values_list("status", flat=True)) == [
        BundleStatus.RETIRED,
        BundleStatus.ACTIVE,
    ]
    assert rollback_policies(actor=MAESTRO) == first
    assert in_force().digest == first.digest
    assert rollback_policies(actor=MAESTRO) is None
    assert in_force().revision == SHIPPED
    with pytest.raises(Conflict):
        rollback_policies(actor=MAESTRO)
    assert PolicyChange.objects.get().bundles == 4


def test_each_step_leaves_a_decision_and_a_receipt_that_verifies(tmp_path: Path) -> None:
    activate_policies(actor=MAESTRO, bundle=built(tmp_path, "one", authz=MORE))
    rollback_policies(actor=MAESTRO)
    left = receipts()
    assert [one.kind for one in left] == ["policy.build", "policy.activate", "policy.rollback"]
    assert all(verify_receipt(one).verified for one in left)
    assert left[1].statement["predicate"]["what"]["in_place_of"] == SHIPPED
    with tenant_scope(PLATFORM_TENANT):
        actions = Decision.objects.for_tenant(PLATFORM_TENANT).values_list("action", flat=True)
        assert sorted(actions) == ["policy.activate", "policy.build", "policy.rollback"]


def test_the_same_policies_are_kept_once() -> None:
    assert build_policies(actor=MAESTRO) == build_policies(actor=MAESTRO)
    assert len(receipts()) == 1


def test_what_fails_its_trial_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    good = activate_policies(actor=MAESTRO, bundle=built(tmp_path, "good", authz=MORE))
    bad = built(tmp_path, "bad", purposes='\nknown if input.context.purpose == "fun"\n')
    with pytest.raises(PoliciesRefused) as refusal:
        activate_policies(actor=MAESTRO, bundle=bad)
    assert "an unknown purpose is refused" in str(refusal.value)
    assert in_force().digest == good.digest
    assert PolicyChange.objects.get().bundles == 1


def test_one_of_another_key_is_refused() -> None:
    with pytest.raises(PoliciesRefused, match="not signed by a key"):
        import_policies(actor=MAESTRO, raw=pack_bundle(load_bundle(), new_key()))
    assert not PolicyBundle.objects.exists()


def test_the_active_one_is_not_activated_again(tmp_path: Path) -> None:
    row = activate_policies(actor=MAESTRO, bundle=built(tmp_path, "one", authz=MORE))
    with pytest.raises(Conflict, match="in force already"):
        activate_policies(actor=MAESTRO, bundle=row)


def test_only_the_platforms_admins_may(author: Actor) -> None:
    row = build_policies(actor=MAESTRO)
    for act in (
        lambda: build_policies(actor=author),
        lambda: activate_policies(actor=author, bundle=row),
        lambda: rollback_policies(actor=author),
    ):
        with pytest.raises(Denied):
            act()


def test_the_database_has_one_active(tmp_path: Path) -> None:
    activate_policies(actor=MAESTRO, bundle=built(tmp_path, "one", authz=MORE))
    other = build_policies(actor=MAESTRO)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyBundle.objects.filter(pk=other.pk).update(status=BundleStatus.ACTIVE)


def run(alias: str, statement: str) -> None:
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize(
    "change",
    ["UPDATE governance_policybundle SET content = ''", "DELETE FROM governance_policybundle"],
)
def test_what_was_signed_is_kept_whoever_asks(alias: str, change: str) -> None:
    build_policies(actor=MAESTRO)
    with pytest.raises(DatabaseError):
        run(alias, change)


def said(*words: str) -> str:
    out = StringIO()
    call_command("policy", *words, stdout=out)
    return out.getvalue()


def test_the_command_does_all_of_it(tmp_path: Path) -> None:
    folder = shipped_with(tmp_path, authz=MORE)
    revision = load_bundle(folder).revision
    file = tmp_path / "bundle.tar.gz"
    assert revision in said("build", str(folder), "--out", str(file))
    assert "active    came with the code" in said("list")
    assert said("activate", str(file)) == f"{revision} is in force.\n"
    assert "shipped   came with the code" in said("list")
    assert said("rollback") == f"{SHIPPED} is in force again.\n"
    assert said("activate", revision) == f"{revision} is in force.\n"
    for words, why in ((["activate", "r-none"], "no bundle"), (["activate", revision], "already")):
        with pytest.raises(CommandError, match=why):
            said(*words)


@pytest.fixture
def token(settings: Any) -> Iterator[dict[str, str]]:
    settings.MAESTRO_BUNDLE_TOKEN = "for-the-tests"
    return {"X-Bundle-Token": "for-the-tests"}


URL = "/bundles/maestro.tar.gz"


def test_nobody_fetches_policies_unless_it_is_set_up() -> None:
    assert Client().get(URL).status_code == 404


def test_the_token_must_be_shown(token: dict[str, str]) -> None:
    for headers in ({}, {"X-Bundle-Token": "another"}):
        assert Client().get(URL, headers=headers).status_code == 401
    assert Client().post(URL, headers=token).status_code == 405


def test_the_archive_in_force_is_given_and_not_twice(token: dict[str, str], tmp_path: Path) -> None:
    first = Client().get(URL, headers=token)
    assert first["Content-Type"] == "application/vnd.openpolicyagent.bundles"
    again = {**token, "If-None-Match": first["ETag"]}
    answer = Client().get(URL, headers=again)
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", first["ETag"])
    row = activate_policies(actor=MAESTRO, bundle=built(tmp_path, "one", authz=MORE))
    answer = Client().get(URL, headers=again)
    assert (answer.status_code, answer["ETag"]) == (200, f'"{row.digest}"')
    assert answer.content == bytes(row.content)


def test_it_waits_as_long_as_asked_but_only_a_few_at_once(token: dict[str, str]) -> None:
    tag = Client().get(URL, headers=token)["ETag"]
    asked = {**token, "If-None-Match": tag, "Prefer": "modes=snapshot,delta;wait=1"}
    assert _took(asked) > 0.9
    held = [bundles._waiting.acquire(blocking=False) for _ in range(bundles.MOST_WAITING)]
    assert all(held)
    try:
        at_once = _took(asked | {"Prefer": f"wait={bundles.LONGEST_WAIT:.0f}"})
    finally:
        for _ in held:
            bundles._waiting.release()
    assert at_once < bundles.LONGEST_WAIT / 2


def _took(headers: dict[str, str]) -> float:
    began = monotonic()
    assert Client().get(URL, headers=headers).status_code == 304
    return monotonic() - began
