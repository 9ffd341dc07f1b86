"""Workflows run: order, branches, conditions, loops, outputs."""

from __future__ import annotations

import pytest

from maestro.kernel.actor import Actor
from tests.runtime.driving import (
    ALIASES,
    events_of,
    freeze,
    items_of,
    run,
    statuses,
    steps_of,
)

pytestmark = pytest.mark.django_db(transaction=True, databases=ALIASES)

DIAMOND = """
- {id: a, task: core.set@1, with: {values: {n: "${{ params.n + 1 }}"}}}
- {id: b, task: core.set@1, needs: [a], with: {values: {n: "${{ steps.a.output.n * 2 }}"}}}
- {id: c, task: core.set@1, needs: [a], with: {values: {n: "${{ steps.a.output.n * 3 }}"}}}
- {id: d, task: core.transform@1, needs: [b, c], with: {value: "${{ steps.b.output.n + steps.c.output.n }}"}}
"""
NUMBER = "parameters: {type: object, required: [n], properties: {n: {type: integer}}}"


def test_a_diamond_runs_in_the_order_of_its_needs_and_gives_its_outputs(author: Actor) -> None:
    freeze(author, DIAMOND, parameters=NUMBER, rest="outputs: {sum: '${{ steps.d.output }}'}")
    execution = run(author, parameters={"n": 1})
    assert execution.status == "succeeded"
    assert execution.outputs == {"sum": 10}
    assert statuses(execution) == dict.fromkeys("abcd", "succeeded")
    kinds = events_of(execution)
    assert kinds[0] == ("started", "")
    assert kinds[-1] == ("succeeded", "")
    assert kinds.index(("succeeded", "a")) < kinds.index(("succeeded", "b"))
    assert kinds.index(("succeeded", "c")) < kinds.index(("succeeded", "d"))


def test_a_straight_workflow_takes_one_commit_a_step(author: Actor) -> None:
    freeze(
        author,
        """
        - {id: a, task: core.wait@1, with: {duration: 0s}}
        - {id: b, task: core.wait@1, needs: [a], with: {duration: 0s}}
        - {id: c, task: core.wait@1, needs: [b], with: {duration: 0s}}
        """,
    )
    execution = run(author)
    # One to claim the first step, then one a step: it is stored and the next one claimed together.
    assert execution.revision == 1 + 3


def test_a_condition_that_does_not_hold_skips_the_step_and_not_what_follows(author: Actor) -> None:
    freeze(
        author,
        """
        - {id: a, task: core.set@1, when: "${{ params.n > 5 }}", with: {values: {}}}
        - {id: b, task: core.set@1, needs: [a], with: {values: {status: "${{ steps.a.status }}"}}}
        """,
        parameters=NUMBER,
    )
    execution = run(author, parameters={"n": 1})
    assert (execution.status, statuses(execution)) == (
        "succeeded",
        {"a": "skipped", "b": "succeeded"},
    )
    assert steps_of(execution)["b"].output == {"status": "skipped"}


FAILING = """
- {id: a, task: core.fail@1, with: {message: It broke.}}
- {id: after, task: core.set@1, needs: [a], with: {values: {}}}
- {id: later, task: core.set@1, needs: [after], with: {values: {}}}
- {id: beside, task: core.set@1, with: {values: {}}}
- {id: mend, task: core.set@1, needs: [a], when: "${{ steps.a.status == 'failed' }}", with: {values: {}}}
"""


def test_a_failed_step_skips_all_that_follows_it_but_not_what_does_not(author: Actor) -> None:
    freeze(author, FAILING)
    execution = run(author)
    assert execution.status == "failed"
    assert execution.error["step"] == "a"
    assert execution.error["message"] == "It broke."
    assert statuses(execution) == {
        "a": "failed",
        "after": "skipped",
        "later": "skipped",
        "beside": "succeeded",
        "mend": "succeeded",
    }


@pytest.mark.parametrize(
    ("on_error", "status", "after"),
    [
        ("fail", "failed", "skipped"),
        ("continue", "succeeded", "succeeded"),
        ("collect", "failed", "succeeded"),
    ],
)
def test_what_a_failure_means_is_said_by_on_error(
    author: Actor, on_error: str, status: str, after: str
) -> None:
    freeze(
        author,
        f"""
        - {{id: a, task: core.fail@1, on_error: {on_error}, with: {{message: It broke.}}}}
        - {{id: b, task: core.set@1, needs: [a], with: {{values: {{}}}}}}
        """,
    )
    execution = run(author)
    assert (execution.status, statuses(execution)["b"]) == (status, after)


LOOP = """
- {id: each, task: core.set@1, for_each: "${{ params.items }}", max_parallel: 3, with: {values: {v: "${{ item * 10 + index }}"}}}
- {id: after, task: core.transform@1, needs: [each], with: {value: "${{ steps.each.output.map(r, r.v) }}"}}
"""
ITEMS = "parameters: {type: object, properties: {items: {type: array, items: {type: integer}}}}"


@pytest.mark.parametrize("items", [[], [7], list(range(25))])
def test_a_step_for_each_runs_once_an_item_and_keeps_their_order(
    author: Actor, items: list[int]
) -> None:
    freeze(author, LOOP, parameters=ITEMS)
    execution = run(author, parameters={"items": items})
    assert execution.status == "succeeded"
    expected = [item * 10 + index for index, item in enumerate(items)]
    assert steps_of(execution)["after"].output == expected
    assert [row.status for row in items_of(execution, "each")] == ["succeeded"] * len(items)


@pytest.mark.parametrize(
    ("on_error", "status", "done"),
    [("fail", "failed", 3), ("collect", "failed", 6), ("continue", "succeeded", 6)],
)
def test_items_that_fail_stop_the_loop_or_are_collected(
    author: Actor, on_error: str, status: str, done: int
) -> None:
    freeze(
        author,
        f"""
        - id: each
          task: core.transform@1
          for_each: "${{{{ params.items }}}}"
          max_parallel: 1
          on_error: {on_error}
          with: {{value: "${{{{ 6 / (item - 3) }}}}"}}
        """,
        parameters=ITEMS,
    )
    execution = run(author, parameters={"items": [1, 2, 3, 4, 5, 6]})
    assert execution.status == status
    rows = items_of(execution, "each")
    assert len(rows) == done
    assert [row.status for row in rows].count("failed") == 1
    group = steps_of(execution)["each"]
    assert (group.fan["done"], group.fan["failed"]) == (done, 1)


def test_an_expression_that_has_no_value_fails_its_step_and_says_which(author: Actor) -> None:
    freeze(
        author,
        """
        - {id: a, task: core.set@1, with: {values: {}}}
        - {id: b, task: core.transform@1, needs: [a], with: {value: "${{ steps.a.output.nothing }}"}}
        """,
    )
    execution = run(author)
    assert execution.status == "failed"
    error = steps_of(execution)["b"].error
    assert error["code"] == "expression_failed"
    assert "steps.a.output.nothing" in error["message"]
    assert error["hint"]
