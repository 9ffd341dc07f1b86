"""Two beats, so two pumps each second, and two workers: nothing happens twice."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from maestro.kernel.statements import fetch
from tests.faults.conftest import Fleet
from tests.faults.ledger import all_succeed, times
from tests.runtime.driving import ALIASES, freeze, start

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

STEPS = """
- {id: first, task: core.set@1, with: {values: {}}}
- {id: left, task: core.set@1, needs: [first], with: {values: {}}}
- {id: right, task: core.wait@1, needs: [first], with: {duration: 1s}}
- {id: each, task: core.set@1, needs: [left, right], for_each: "${{ [1, 2, 3, 4] }}", with: {values: {}}}
- {id: last, task: core.set@1, needs: [each], with: {values: {}}}
"""
MANY = 25


def test_two_beats_and_two_workers_do_nothing_twice(author: Actor, fleet: Fleet) -> None:
    fleet.workers(2)
    freeze(author, STEPS)
    fleet.beats(2)
    ids = [start(author).pk for _ in range(MANY)]
    with fleet.unheard():
        ids += [start(author).pk for _ in range(MANY)]  # for the pumps alone to find

    all_succeed(ids)

    steps = [(name, -1) for name in ("first", "left", "right", "each", "last", "")]
    steps += [("each", item) for item in range(4)]
    assert times(ids, "succeeded") == {(one, *step): 1 for one in ids for step in steps}
    assert times(ids, "started") == {(one, "", -1): 1 for one in ids}
    assert times(ids, "waiting_for_timer") == {(one, "right", -1): 1 for one in ids}
    rows = fetch(
        "jobs",
        "SELECT DISTINCT fence, attempt, takeovers FROM runtime_steprun"
        " WHERE execution_id = ANY(%(ids)s)",
        {"ids": ids},
    )
    assert rows == [{"fence": 1, "attempt": 1, "takeovers": 0}]
    announced = fetch(
        "jobs",
        "SELECT subject, count(*) AS n FROM kernel_outboxevent"
        " WHERE kind = 'execution.succeeded' GROUP BY 1",
        {},
    )
    assert {row["subject"]: row["n"] for row in announced} == {str(one): 1 for one in ids}
