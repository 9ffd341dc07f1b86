"""`manage.py audit`: verify, head, export; its exit codes are for machines."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from governance.services.link_audit import link_audit
from maestro.tenancy.models import Tenant
from tests.governance.chains import chain_of, linked, prove, tampering

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "owner", "platform"]
)


def audit(*words: str) -> tuple[int, str]:
    """The exit code and what was printed."""
    printed = io.StringIO()
    try:
        call_command("audit", *words, stdout=printed)
    except CommandError as problem:
        return problem.returncode, printed.getvalue() + str(problem)
    return 0, printed.getvalue()


def test_a_whole_trail_is_verified_tenant_by_tenant(acme: Tenant, globex: Tenant) -> None:
    linked(acme, 3)
    linked(globex, 2)
    code, said = audit("verify")
    assert code == 0
    assert "acme: 3 entries verified, 0 wait to be linked. head 3 sha256:" in said
    assert "globex: 2 entries verified" in said
    assert "globex" not in audit("verify", "--tenant", "acme")[1]


def test_a_changed_record_ends_with_1_and_says_which(acme: Tenant) -> None:
    links = linked(acme, 3)
    with tampering() as cursor:
        cursor.execute(
            "UPDATE governance_decision SET allow = false WHERE id = %s", [links[1].record_id]
        )
    code, said = audit("verify")
    assert code == 1
    assert (
        "acme: not verified. The record of entry 2 (workflow.freeze, governance.decision"
        f" {links[1].record_id}) was changed."
    ) in said


def test_a_head_that_was_kept_tells_of_a_tail_that_was_cut_off(acme: Tenant) -> None:
    links = linked(acme, 3)
    code, said = audit("head")
    name, seq, head = said.split()
    assert (code, name, seq, head) == (0, "acme", "3", links[-1].hash)
    linked(acme, 1)
    assert audit("verify", "--head", head)[0] == 0
    with tampering() as cursor:
        cursor.execute("DELETE FROM governance_auditlink WHERE seq >= 3")
        cursor.execute(
            "DELETE FROM governance_decision WHERE id NOT IN"
            " (SELECT record_id FROM governance_auditlink)"
        )
    assert audit("verify")[0] == 0
    code, said = audit("verify", "--head", head)
    assert code == 1
    assert f"No verified entry has the head {head}" in said


def test_an_export_is_verified_again_without_a_database(acme: Tenant, tmp_path: Path) -> None:
    for _ in range(3):
        prove(acme)
    link_audit()
    code, lines = audit("export", "--tenant", "acme")
    assert code == 0
    file = tmp_path / "acme.jsonl"
    file.write_text(lines, encoding="utf-8")
    head = chain_of(acme)[-1].hash
    code, said = audit("verify", "--file", str(file), "--head", head)
    assert (code, "6 entries verified" in said) == (0, True)
    entries = [json.loads(line) for line in lines.splitlines()]
    assert [entry["link"]["seq"] for entry in entries] == list(range(1, 7))
    assert {entry["record"].get("actor_name") for entry in entries} != {None}

    def refused(changed: list[Any]) -> str:
        file.write_text("\n".join(json.dumps(entry) for entry in changed), encoding="utf-8")
        code, said = audit("verify", "--file", str(file), "--head", head)
        assert code == 1
        return said

    assert "entry 3" in refused([*entries[:2], _with(entries[2], tenant_id="x"), *entries[3:]])
    assert "Entry 3 was removed" in refused([*entries[:2], *entries[3:]])
    assert "removed" in refused([*entries[:2], {**entries[2], "record": None}, *entries[3:]])
    assert "No verified entry has the head" in refused(entries[:-1])


def _with(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**entry, "record": {**entry["record"], **changes}}


def test_an_export_since_a_time_begins_there_and_is_without_a_gap(
    acme: Tenant, tmp_path: Path
) -> None:
    linked(acme, 2)
    moment = now()
    linked(acme, 3)
    lines = audit("export", "--tenant", "acme", "--since", moment.isoformat())[1]
    assert [json.loads(line)["link"]["seq"] for line in lines.splitlines()] == [3, 4, 5]
    file = tmp_path / "since.jsonl"
    file.write_text(lines)
    assert audit("verify", "--file", str(file))[0] == 0
    assert audit("export", "--tenant", "acme", "--since", "2020-01-01")[1].count("\n") == 5


@pytest.mark.parametrize(
    "content", ["", "nonsense\n", '{"link": {}, "record": null}\n', '{"link": 1}\n', "\x80"]
)
def test_what_is_no_export_ends_with_2(content: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(content.encode("latin-1"))
    code, said = audit("verify", "--file", str(file))
    assert code == 2
    assert "Unreadable" in said


def test_what_can_t_be_found_ends_with_2(acme: Tenant, tmp_path: Path) -> None:
    assert audit("verify", "--tenant", "nobody")[0] == 2
    assert audit("verify", "--file", str(tmp_path / "none"))[0] == 2
    assert audit("export", "--tenant", "acme", "--since", "yesterday")[0] == 2
    assert audit("export", "--tenant", "acme", "--since", "2026-13-40")[0] == 2
