"""An output of 50 MB is kept in a file, and what follows sees where it is."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import pytest

from maestro.kernel.actor import Actor
from maestro.kernel.statements import fetch
from tests.faults.conftest import Fleet
from tests.faults.ledger import all_succeed
from tests.faults.service import Service, endpoints_of
from tests.runtime.driving import ALIASES, freeze, start, steps_of

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

SIZE = 50_000_000
STEPS = """
- {{id: big, task: http.request@1, with: {{url: "http://{address}/big?bytes={size}"}}}}
- {{id: after, task: core.set@1, needs: [big], with: {{values: {{seen: "${{{{ steps.big.output }}}}"}}}}}}
- {{id: refused, task: http.request@1, on_error: continue,
   with: {{url: "http://{address}/big?bytes={size}", max_bytes: 1000000}}}}
"""
# The body as bytes and as text, the output as text and as bytes, and twice that for what the
# libraries hold meanwhile: what matters is that nothing is held for each step that follows.
MOST = 12 * SIZE


def test_a_large_output_is_a_file_and_the_row_stays_small(
    author: Actor, fleet: Fleet, service: Service
) -> None:
    [worker] = fleet.workers(1)
    before = peak_memory(worker.pid)
    source = STEPS.format(address=service.address, size=SIZE)
    freeze(author, source, rest=endpoints_of(service.address))
    execution = start(author)
    all_succeed([execution.pk])

    steps = steps_of(execution)
    big = steps["big"]
    reference = {"$file": {"digest": big.output_digest, "bytes": big.output_size}}
    assert big.output is None
    assert big.output_size > SIZE * 0.99
    assert steps["after"].output == {"seen": reference}
    kept = fleet.home / "files" / big.output_file
    assert f"sha256:{digest_of(kept)}" == big.output_digest
    [row] = fetch(
        "jobs",
        "SELECT max(pg_column_size(s.*)) AS size FROM runtime_steprun s WHERE execution_id = %(id)s",
        {"id": execution.pk},
    )
    assert row["size"] < 10_000

    error = steps["refused"].error
    assert error
    assert (error["code"], error["details"]) == ("too_large", {"max_bytes": 1_000_000})

    taken = peak_memory(worker.pid) - before
    sys.stdout.write(
        f"the worker's peak grew by {taken >> 20} MB for an output of {SIZE >> 20} MB\n"
    )
    assert taken < MOST


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def peak_memory(pid: int) -> int:
    """The most that a process ever had resident, in bytes (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) * 1024
