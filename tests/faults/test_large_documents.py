"""A document of 10 MB is refused; one of 2,000 steps runs to its end, and costs what its length says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from catalog.document import DocumentInvalid
from catalog.models import WorkflowDefinition
from catalog.services.freeze_version import freeze_version
from maestro.kernel.actor import Actor
from maestro.kernel.statements import fetch
from maestro.runtime.worker.drive import drive
from maestro.tenancy.models import Tenant
from tests.api.calling import caller_in, is_problem
from tests.faults.conftest import Fleet
from tests.faults.ledger import all_succeed, each_once
from tests.runtime.driving import ALIASES, document, freeze, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

TEN_MB = 10 * 1024 * 1024
MANY = 2_000


VALUE = "task: core.set@1, with: {values: {}}"
WAIT = (
    "task: core.wait@1, with: {duration: 0s}"  # no value: none is worked out ahead of its writing
)


def steps_in_a_row(count: int, does: str = VALUE) -> str:
    """Each step needs the one before."""
    return "\n".join(
        f"- {{id: s{n}, {f'needs: [s{n - 1}], ' if n else ''}{does}}}" for n in range(count)
    )


def steps_side_by_side(count: int, does: str = VALUE) -> str:
    """No step needs another."""
    return "\n".join(f"- {{id: s{n}, {does}}}" for n in range(count))


SHAPES = pytest.mark.parametrize("shape", [steps_in_a_row, steps_side_by_side])


def huge() -> bytes:
    """A document that is good but for its size."""
    source = document("- {id: a, task: core.set@1, with: {values: {}}}")
    return source + b"# " + b"x" * (TEN_MB - len(source) - 2)


def test_a_document_of_ten_megabytes_is_refused_with_one_problem(
    acme: Tenant, author: Actor
) -> None:
    with pytest.raises(DocumentInvalid) as refused:
        freeze_version(actor=author, source=huge(), media_type="application/yaml")
    assert [problem.code for problem in refused.value.problems] == ["too_large"]
    assert "1 MiB" in refused.value.problems[0].message
    assert not WorkflowDefinition.objects.for_tenant(acme.pk).exists()


def test_an_upload_of_ten_megabytes_is_refused_before_it_is_read(acme: Tenant) -> None:
    caller = caller_in(acme, "author")
    answer = caller.post("workflows/tried/versions/", huge(), media_type="application/yaml")
    assert is_problem(answer, 413, "body_too_large")["limit"] == 1024 * 1024


@SHAPES
def test_two_thousand_steps_run_to_their_end_on_two_workers(
    author: Actor, fleet: Fleet, shape: Any
) -> None:
    fleet.workers(2)
    fleet.beats(1)
    freeze(author, shape(MANY))
    execution = start(author)
    all_succeed([execution.pk])

    each_once([execution.pk], [f"s{n}" for n in range(MANY)])
    [row] = fetch(
        "jobs",
        "SELECT count(*) AS steps, max(fence) AS fence,"
        " (SELECT revision FROM runtime_execution WHERE id = %(id)s) AS writes"
        " FROM runtime_steprun WHERE execution_id = %(id)s",
        {"id": execution.pk},
    )
    assert (row["steps"], row["fence"]) == (MANY, 1)
    assert row["writes"] <= MANY + 50  # one a step, and one for each worker that joins


@SHAPES
def test_twice_the_steps_cost_twice_the_round_trips(
    author: Actor, shape: Any, tmp_path: Path
) -> None:
    counts = {}
    for size in (10, 50, 100, 200):  # the first prepares the statements, which takes some more
        name = f"size-{size}"
        freeze(author, shape(size, WAIT), name=name)
        execution = start(author, name)
        with round_trips(tmp_path / name) as counted:
            drive(execution.pk)
        all_succeed([execution.pk])
        counts[size] = counted[0]
    assert counts[200] - counts[100] == 2 * (counts[100] - counts[50]) == 100


@contextmanager
def round_trips(trace: Path) -> Iterator[list[int]]:
    """How often the engine's connection asked the server and waited: libpq's own trace of it."""
    connection: Any = connections["jobs"]
    connection.ensure_connection()
    counted: list[int] = []
    output = os.open(trace, os.O_CREAT | os.O_RDWR)
    try:
        connection.connection.pgconn.trace(output)
        yield counted
        connection.connection.pgconn.untrace()
        with trace.open() as lines:
            counted.append(sum(_asks(line) for line in lines))
    finally:
        os.close(output)


def _asks(line: str) -> bool:
    # Time, "F" for what goes to the server, length, and the message's name (libpq, PQtrace).
    fields = line.split("\t")
    return len(fields) > 3 and fields[1] == "F" and fields[3].strip() in {"Sync", "Query"}
