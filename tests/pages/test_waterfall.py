"""An execution in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.runtime.pages.waterfall import (
    LANE,
    LEAST,
    MAX_TICKS,
    Span,
    StepFacts,
    Waterfall,
    axis,
    waterfall,
)

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def drawn(*steps: StepFacts, now: float, ended: bool = False) -> Waterfall:
    return waterfall(steps, started=START, finished=at(now) if ended else None, now=at(now))


@pytest.mark.parametrize(
    ("seconds", "unit", "count"),
    [
        (0, 0.01, 1),
        (0.05, 0.01, 5),
        (0.051, 0.02, 3),
        (4, 1, 4),
        (36, 10, 4),
        (61, 15, 5),
        (240, 60, 4),
        (3 * 86400, 86400, 3),
        (900 * 86400, 200 * 86400, 5),
    ],
)
def test_the_axis_has_round_figures_and_at_most_five_of_them(
    seconds: float, unit: float, count: int
) -> None:
    assert axis(seconds) == (unit, count)


@given(st.floats(min_value=0, max_value=1e12))
def test_the_axis_always_reaches_to_the_end(seconds: float) -> None:
    unit, count = axis(seconds)
    assert 1 <= count <= MAX_TICKS
    assert unit * count >= seconds * (1 - 1e-6)


def test_ticks_stand_at_their_places_and_are_named_briefly() -> None:
    made = drawn(now=140)
    assert [(tick.x, tick.label) for tick in made.ticks] == [
        (0, "0"),
        (200, "30 s"),
        (400, "1 min"),
        (600, "90 s"),
        (800, "2 min"),
        (1000, "150 s"),
    ]


def test_each_attempt_is_a_bar_and_the_pauses_are_left_out() -> None:
    step = StepFacts(
        "a",
        "t",
        "failed",
        at(0),
        at(150),
        attempts=(Span(at(0), at(30), False), Span(at(75), at(150), False)),
    )
    row = drawn(step, now=150, ended=True).rows[0]
    assert [(bar.x, bar.width, bar.tone) for bar in row.bars] == [
        (0, 200, "b-bad"),
        (500, 500, "b-bad"),
    ]
    assert row.seconds == 150


def test_what_goes_on_reaches_to_now_and_grows() -> None:
    made = drawn(
        StepFacts("a", "t", "running", at(10)), StepFacts("b", "t", "waiting", at(0)), now=40
    )
    running, waiting = (row.bars[0] for row in made.rows)
    assert (running.x, running.width, running.tone, running.grows) == (250, 750, "b-run", at(10))
    assert waiting.tone == "b-wait"
    assert made.rate * 1000 * made.extent == pytest.approx(LANE)


def test_what_has_not_begun_has_no_bar() -> None:
    row = drawn(StepFacts("a", "t", "queued"), now=4).rows[0]
    assert (row.bars, row.seconds) == ((), None)


@given(
    st.lists(
        st.tuples(
            st.floats(-1e4, 1e5),
            st.floats(-1e4, 1e5) | st.none(),
            st.sampled_from([True, False, None]),
        ),
        max_size=5,
    ),
    st.floats(0, 1e5),
)
def test_no_bar_leaves_the_lane_or_is_too_narrow_to_see(
    spans: list[tuple[float, float | None, bool | None]], now: float
) -> None:
    attempts = tuple(Span(at(a), None if b is None else at(b), ok) for a, b, ok in spans)
    for bar in drawn(StepFacts("a", "t", "running", attempts=attempts), now=now).rows[0].bars:
        assert 0 <= bar.x <= bar.x + bar.width <= LANE + 0.1
        assert bar.width >= LEAST
