"""Badges, warnings, and what may be told of figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.trust import (
    CONDITIONS,
    MIN_RUNS,
    MIN_TENANTS,
    REVIEW_HOLDS,
    RULES,
    Facts,
    as_markdown,
    conditions,
    may_be_told,
    rounded_count,
    rounded_rate,
    rounded_seconds,
    worn,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GOOD = Facts(
    standing="listed",
    certified_until=NOW + DAY,
    last_reviewed_at=NOW - 30 * DAY,
    failure_rate=0.01,
)


def names(facts: Facts) -> set[str]:
    return {rule.name for rule in worn(conditions(facts, at=NOW))}


def but(**changes: object) -> Facts:
    values = {name: getattr(GOOD, name) for name in Facts.__dataclass_fields__}
    return Facts(**(values | changes))


def test_what_is_certified_reviewed_and_healthy_is_trusted() -> None:
    assert names(GOOD) == {"certified", "trusted"}


@pytest.mark.parametrize(
    "changes",
    [
        {"certified_until": NOW},
        {"last_reviewed_at": NOW - REVIEW_HOLDS - DAY},
        {"last_reviewed_at": None},
        {"failure_rate": 0.06},
        {"failure_rate": None},
        {"standing": "deprecated"},
        {"standing": "withdrawn"},
    ],
)
def test_trust_needs_each_of_its_conditions(changes: dict[str, object]) -> None:
    assert "trusted" not in names(but(**changes))


def test_a_verified_publisher_may_stand_in_for_a_certification() -> None:
    facts = but(certified_until=None, is_verified=True)
    assert names(facts) == {"verified_publisher", "trusted"}


def test_a_review_of_a_year_ago_still_holds_and_one_older_has_expired() -> None:
    assert "review_expired" not in names(but(last_reviewed_at=NOW - REVIEW_HOLDS))
    assert "review_expired" in names(but(last_reviewed_at=NOW - REVIEW_HOLDS - DAY))
    assert "review_expired" not in names(but(last_reviewed_at=None))


def test_unhealthy_is_said_from_the_bound_on_and_never_of_what_may_not_be_told() -> None:
    assert "unhealthy" in names(but(failure_rate=0.2))
    assert "unhealthy" not in names(but(failure_rate=0.199))
    assert "unhealthy" not in names(but(failure_rate=None))


def test_what_is_withdrawn_is_certified_no_more() -> None:
    assert names(but(standing="withdrawn")) == {"withdrawn"}


def test_every_rule_speaks_of_conditions_that_there_are() -> None:
    assert {one for rule in RULES for group in rule.needs for one in group} == set(CONDITIONS)


def test_the_page_of_trust_says_what_the_table_says() -> None:
    said = Path("docs/trust.md").read_text(encoding="utf-8")
    assert f"<!-- rules -->\n{as_markdown()}\n<!-- end of rules -->" in said


def test_figures_of_few_tenants_or_few_runs_are_not_told() -> None:
    assert may_be_told(tenants=MIN_TENANTS, runs=MIN_RUNS)
    assert not may_be_told(tenants=MIN_TENANTS - 1, runs=100_000)
    assert not may_be_told(tenants=1000, runs=MIN_RUNS - 1)


@given(st.integers(0, 10**9))
def test_a_rounded_count_is_no_more_than_the_count_and_near_it(count: int) -> None:
    rounded = rounded_count(count)
    assert rounded <= count
    assert count - rounded <= max(4, count * 0.1)


@given(st.floats(0, 1, allow_nan=False))
def test_a_rounded_rate_says_none_and_all_only_of_none_and_all(rate: float) -> None:
    rounded = rounded_rate(rate)
    assert abs(rounded - rate) <= 0.001
    assert (rounded == 0.0) == (rate == 0.0)
    assert (rounded == 1.0) == (rate == 1.0)


@given(st.floats(0.001, 10**6))
def test_rounded_seconds_are_no_less_and_near(seconds: float) -> None:
    rounded = rounded_seconds(seconds)
    assert seconds * 0.999999 <= rounded <= seconds * 1.11
