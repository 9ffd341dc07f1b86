"""Which releases are followed, in which waves, and when they stop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.following import WAVES, Rate, follows, is_raised, turn_of

NUMBERS = st.builds("{}.{}.{}".format, *[st.integers(0, 4)] * 3)


@pytest.mark.parametrize(
    ("channel", "current", "candidate", "expected"),
    [
        ("pin", "1.2.3", "1.2.4", False),
        ("patch", "1.2.3", "1.2.4", True),
        ("patch", "1.2.3", "1.3.0", False),
        ("minor", "1.2.3", "1.2.4", True),
        ("minor", "1.2.3", "1.3.0", True),
        ("minor", "1.2.3", "2.0.0", False),
        ("minor", "1.2.3", "1.3.0-rc.1", False),
        ("minor", "1.2.3", "1.2.3", False),
        ("minor", "1.3.0", "1.2.9", False),
        ("minor", "0.2.0", "0.3.0", False),
        ("minor", "0.2.0", "0.2.1", True),
        ("minor", "1.3.0-rc.1", "1.3.0", True),
        ("sideways", "1.2.3", "1.2.4", False),
    ],
)
def test_a_channel_follows_what_its_name_says(
    channel: str, current: str, candidate: str, expected: bool
) -> None:
    assert follows(channel, current, candidate) is expected


@given(st.sampled_from(["pin", "patch", "minor"]), NUMBERS, NUMBERS)
def test_a_major_version_never_comes_by_itself(channel: str, current: str, other: str) -> None:
    if follows(channel, current, other):
        assert current.split(".")[0] == other.split(".")[0]
        assert current != other


@given(st.integers(0, 100_000))
def test_each_wave_is_as_large_as_the_one_before_and_the_last_has_everybody(followers: int) -> None:
    turns = [turn_of(wave, followers) for wave in range(len(WAVES) + 2)]
    assert turns == sorted(turns)
    assert turns[len(WAVES) - 1] == turns[-1] == followers
    assert turns[0] <= max(1, followers // 100 + 1)
    assert (turns[0] > 0) == (followers > 0)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (Rate(100, 0), Rate(10, 3), True),
        (Rate(100, 0), Rate(2, 2), False),  # too few to say
        (Rate(100, 0), Rate(10, 1), False),  # one bad night
        (Rate(100, 30), Rate(10, 4), False),  # as bad as before
        (Rate(100, 30), Rate(10, 5), True),
        (Rate(0, 0), Rate(4, 2), True),  # nothing known from before
        (Rate(100, 0), Rate(0, 0), False),
    ],
)
def test_what_fails_more_than_it_did_halts_the_next_wave(
    before: Rate, after: Rate, expected: bool
) -> None:
    assert is_raised(before, after) is expected
