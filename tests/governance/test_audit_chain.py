"""The audit chain: every record gets one place, and what is done to it afterwards is found."""

# ruff: noqa: S608 - names of our own tables, and nobody else's text

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import rfc8785
from django.db import DatabaseError, connections, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from governance.audit.content import digest_of_content, statement_of
from governance.audit.verbs import RECORD_TYPES
from governance.audit.walk import Wrong
from governance.models import AuditDue, AuditLink
from governance.services.decide_approval import decide_approval
from governance.services.link_audit import link_audit
from maestro.kernel.canonical import digest
from maestro.kernel.tenant import tenant_scope
from maestro.tenancy.models import Tenant
from tests.factories import actor_of
from tests.governance.chains import (
    chain_of,
    check,
    decide,
    decisions_of,
    linked,
    prove,
    tampering,
)
from tests.governance.test_approvals import ask

pytestmark = pytest.mark.django_db(
    transaction=True, databases=["default", "jobs", "owner", "platform"]
)

_NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_json_is_digested_as_rfc_8785_writes_it(value: Any) -> None:
    assert digest_of_content({"x": value}) == digest({"x": value})


@given(_TEXT.filter(lambda text: "\x00" not in text))
@example("".join(map(chr, range(1, 256))) + "\u2028\ufeff😀")
def test_the_database_writes_text_as_rfc_8785_does(text: str) -> None:
    with connections["platform"].cursor() as cursor:
        cursor.execute("SELECT to_json(%s::text)::text", [text])
        assert cursor.fetchone()[0].encode() == rfc8785.dumps(text)


def test_records_of_every_kind_get_a_place_each_in_their_tenant_s_chain(
    acme: Tenant, globex: Tenant
) -> None:
    prove(acme)
    request = ask(acme)
    decide_approval(request_id=request.pk, actor=actor_of(acme, "operator"), approve=True)
    decide(globex, 2)
    link_audit()
    links = chain_of(acme)
    assert [link.seq for link in links] == list(range(1, len(links) + 1))
    assert {link.record_type for link in links} == set(RECORD_TYPES)
    assert {"workflow.freeze", "approval.decide", "approval.approve"} <= {
        link.verb for link in links
    }
    assert [link.previous for link in links] == ["", *(link.hash for link in links[:-1])]
    assert [link.seq for link in chain_of(globex)] == [1, 2]
    for tenant in (acme, globex):
        found = check(tenant)
        assert (found.fault, found.waiting) == (None, 0)
        assert found.entries == len(chain_of(tenant))


def test_a_link_s_hash_is_sha_256_over_what_the_docs_say(acme: Tenant) -> None:
    for link in linked(acme, 2):
        claim = {
            "tenant": str(acme.pk),
            "seq": link.seq,
            "record_type": link.record_type,
            "record_id": str(link.record_id),
            "record_digest": link.record_digest,
            "previous": link.previous,
        }
        assert link.hash == digest(claim)


def test_a_record_s_digest_is_over_the_rfc_8785_bytes_of_every_column(acme: Tenant) -> None:
    prove(acme)
    link_audit()
    link = next(link for link in chain_of(acme) if link.record_type == "governance.receipt")
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT * FROM governance_receipt WHERE id = %s", [link.record_id])
        names = [column.name for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    plain = {
        name: json.loads(value) if name in {"statement", "signatures"} else value
        for name, value in row.items()
    }
    plain["created_at"] = row["created_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    for name in ("id", "tenant_id", "actor_id", "decision_id"):
        plain[name] = str(row[name])
    assert plain["statement"]["predicate"]["what"]["share"] == 0.1
    without = {name: value for name, value in plain.items() if value is not None}
    assert link.record_digest == digest(without)
    assert rfc8785.dumps(without)


def test_linking_again_changes_nothing(acme: Tenant) -> None:
    before = linked(acme, 3)
    assert link_audit() == 0
    assert chain_of(acme) == before


def test_more_than_a_batch_is_linked_in_one_run(acme: Tenant) -> None:
    with tampering() as cursor:
        cursor.execute(COPIES, {"tenant": acme.pk, "number": 2500})
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO governance_auditdue"
            " SELECT id, tenant_id, 'governance.decision' FROM governance_decision"
        )
    assert link_audit() == 2500
    found = check(acme)
    assert (found.entries, found.fault, found.waiting) == (2500, None, 0)


COPIES = """
INSERT INTO governance_decision (id, tenant_id, actor_kind, actor_name, action, resource_type,
    resource_id, allow, reasons, obligations, purpose, channel, revision, input_digest, latency_us,
    request_id, decided_at)
SELECT gen_random_uuid(), %(tenant)s, 'user', 'Ana', 'workflow.read', 'workflow', '', true, '[]',
    '[]', '', 'api', 'r', 'sha256:', n, '', now() FROM generate_series(1, %(number)s) n
"""


def test_what_is_rolled_back_is_not_linked(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        decide(acme)
        transaction.set_rollback(True)
    link_audit()
    assert chain_of(acme) == []


def test_links_are_append_only_and_the_app_writes_none(acme: Tenant) -> None:
    link = linked(acme, 1)[0]
    for attempt in (
        lambda: AuditLink.objects.filter(pk=link.pk).update(verb="x"),
        lambda: AuditLink.objects.filter(pk=link.pk).delete(),
        lambda: AuditLink.objects.create(
            tenant_id=acme.pk, record_id=uuid4(), record_type="x", seq=9, verb="", hash=""
        ),
        lambda: AuditDue.objects.create(record_id=uuid4(), tenant_id=acme.pk, record_type="x"),
        lambda: AuditDue.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), tenant_scope(acme.pk):
            attempt()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic("owner"):
        AuditLink.objects.using("owner").filter(pk=link.pk).update(verb="x")


def test_a_tenant_sees_its_own_links_alone(acme: Tenant, globex: Tenant) -> None:
    linked(acme, 2)
    with tenant_scope(globex.pk):
        assert AuditLink.objects.count() == 0


# What was done to the chain of six, where it is found, and what is said of it.
LINK, RECORD = "governance_auditlink", "governance_decision"
FOURTH = f"(SELECT record_id FROM {LINK} WHERE seq = 4)"
SWAPPED = f"UPDATE {LINK} SET seq = 1000 + seq WHERE seq IN (3, 5)"
TAMPERED: dict[str, tuple[list[str], Wrong, int]] = {
    "a record changed": (
        [f"UPDATE {RECORD} SET actor_name = 'Eve' WHERE id = {FOURTH}"],
        Wrong.RECORD_CHANGED,
        4,
    ),
    "what was null in a record": (
        [f"UPDATE {RECORD} SET token_id = id WHERE id = {FOURTH}"],
        Wrong.RECORD_CHANGED,
        4,
    ),
    "a record removed": ([f"DELETE FROM {RECORD} WHERE id = {FOURTH}"], Wrong.RECORD_REMOVED, 4),
    "a link changed": (
        [f"UPDATE {LINK} SET record_digest = 'sha256:' || repeat('0', 64) WHERE seq = 4"],
        Wrong.LINK_CHANGED,
        4,
    ),
    "a link's verb changed": (
        [f"UPDATE {LINK} SET verb = 'workflow.read' WHERE seq = 4"],
        Wrong.LINK_CHANGED,
        4,
    ),
    "a link removed": ([f"DELETE FROM {LINK} WHERE seq = 4"], Wrong.LINK_REMOVED, 4),
    "a link removed, the others moved up": (
        [
            f"DELETE FROM {LINK} WHERE seq = 4",
            f"UPDATE {LINK} SET seq = seq - 1 WHERE seq = 5",
            f"UPDATE {LINK} SET seq = seq - 1 WHERE seq = 6",
        ],
        Wrong.REORDERED,
        4,
    ),
    "two swapped": (
        [
            SWAPPED,
            f"UPDATE {LINK} SET seq = 5 WHERE seq = 1003",
            f"UPDATE {LINK} SET seq = 3 WHERE seq = 1005",
        ],
        Wrong.REORDERED,
        3,
    ),
    "a link and its record removed, the rest made to follow": (
        [
            f"DELETE FROM {RECORD} WHERE id = {FOURTH}",
            f"DELETE FROM {LINK} WHERE seq = 4",
            f"UPDATE {LINK} SET seq = 4, previous = (SELECT hash FROM {LINK} WHERE seq = 3)"
            " WHERE seq = 5",
        ],
        Wrong.LINK_CHANGED,
        4,
    ),
    "another tenant's link put in": (
        [
            f"UPDATE {LINK} SET hash = (SELECT hash FROM {LINK} WHERE seq = 2) WHERE seq = 4",
        ],
        Wrong.LINK_CHANGED,
        4,
    ),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_the_first_entry_that_was_tampered_with_is_found(acme: Tenant, how: str) -> None:
    statements, what, seq = TAMPERED[how]
    linked(acme, 6)
    assert check(acme).fault is None
    with tampering() as cursor:
        for statement in statements:
            cursor.execute(statement)
    found = check(acme)
    assert found.fault is not None
    assert (found.fault.what, found.fault.seq) == (what, seq)
    assert found.entries == seq - 1


def test_a_forged_record_and_a_forged_link_are_found(acme: Tenant) -> None:
    links = linked(acme, 3)
    with tampering() as cursor:
        cursor.execute(COPIES, {"tenant": acme.pk, "number": 1})
    fault = check(acme).fault
    assert fault is not None
    assert fault.what is Wrong.UNLINKED
    with tampering() as cursor:
        cursor.execute(f"UPDATE {LINK} SET seq = seq + 1 WHERE seq = 3")
        cursor.execute(
            f"INSERT INTO {LINK} (tenant_id, created_at, record_id, record_type, seq, verb,"
            f" record_digest, previous, hash) SELECT tenant_id, created_at, id, 'governance.decision',"
            f" 3, 'workflow.read', %s, %s, %s FROM (SELECT d.tenant_id, d.decided_at AS created_at,"
            f" d.id FROM {RECORD} d WHERE d.action = 'workflow.read') forged",
            [links[0].record_digest, links[1].hash, links[2].hash],
        )
    fault = check(acme).fault
    assert fault is not None
    assert (fault.what, fault.seq) == (Wrong.LINK_CHANGED, 3)


def test_a_record_that_is_removed_before_it_is_linked_is_found_before_and_after(
    acme: Tenant,
) -> None:
    decide(acme, 3)
    with tampering() as cursor:
        cursor.execute(f"DELETE FROM {RECORD} WHERE id = %s", [decisions_of(acme)[1]])
    for waiting in (3, 0):
        found = check(acme)
        assert found.fault is not None
        assert (found.fault.what, found.waiting) == (Wrong.RECORD_REMOVED, waiting)
        link_audit()


def test_a_tail_that_was_cut_off_is_found_by_a_head_that_was_kept(acme: Tenant) -> None:
    links = linked(acme, 5)
    kept = links[-1].hash
    assert check(acme, heads=[kept]).heads == {kept}
    with tampering() as cursor:
        cursor.execute(f"DELETE FROM {RECORD} WHERE id = %s", [links[-1].record_id])
        cursor.execute(f"DELETE FROM {LINK} WHERE seq = 5")
    found = check(acme, heads=[kept])
    assert found.fault is None  # nothing within tells of it
    assert found.heads == frozenset()


def test_the_newest_entries_are_verified_by_themselves(acme: Tenant) -> None:
    linked(acme, 6)
    assert check(acme, newest=2).entries == 2
    assert check(acme, newest=50).entries == 6
    with tampering() as cursor:
        cursor.execute(f"UPDATE {RECORD} SET actor_name = 'Eve' WHERE id = {FOURTH}")
    assert check(acme, newest=2).fault is None
    assert check(acme, newest=3).fault is not None


def test_a_writer_who_holds_a_transaction_open_delays_nobody(acme: Tenant, globex: Tenant) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with tenant_scope(acme.pk):
            decide(acme)
            held.set()
            assert done.wait(60)
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(hold)
        try:
            assert held.wait(60)
            with connections["default"].cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            decide(acme, 2)
            decide(globex, 2)
            link_audit()
            assert [link.seq for link in chain_of(acme)] == [1, 2]
            assert [link.seq for link in chain_of(globex)] == [1, 2]
        finally:
            done.set()
        writer.result()
    link_audit()
    # It was written first and comes last: the chain says what is there, in the order it came in.
    assert [link.seq for link in chain_of(acme)] == [1, 2, 3]
    assert chain_of(acme)[-1].record_id == min(decisions_of(acme))
    assert check(acme).fault is None


def test_eight_writers_and_two_linkers_leave_no_gap_and_no_double(
    acme: Tenant, globex: Tenant
) -> None:
    running = threading.Event()

    def closing(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            finally:
                connections.close_all()

        return run

    def link() -> None:
        while not running.is_set():
            link_audit(most=7)

    def write(number: int) -> None:
        for _ in range(12):
            decide(acme if number % 2 else globex)

    with ThreadPoolExecutor(10) as pool:
        linkers = [pool.submit(closing(link)) for _ in range(2)]
        writers = [pool.submit(closing(lambda n=n: write(n))) for n in range(8)]  # type: ignore[misc]
        try:
            for writer in writers:
                writer.result()
        finally:
            running.set()
        for linker in linkers:
            linker.result()
    link_audit()
    for tenant in (acme, globex):
        links = chain_of(tenant)
        assert [link.seq for link in links] == list(range(1, 49))
        assert Counter(link.record_id for link in links) == Counter(decisions_of(tenant))
        assert check(tenant).fault is None


def test_every_table_of_records_that_is_queued_is_known_and_nothing_in_it_is_left_out() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE tgname = 'audited'")
        queued = {row[0].removesuffix("\\000") for row in cursor.fetchall()}
    assert queued == set(RECORD_TYPES)
    for record_type in RECORD_TYPES:
        assert statement_of(record_type) is not None
