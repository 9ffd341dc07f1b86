"""Which releases an installation follows by itself, in which waves, and when they stop. Pure.

| channel | follows |
| --- | --- |
| `pin` | nothing |
| `patch` | higher patches of its minor version |
| `minor` | higher minor versions and patches of its major version |

A major version never comes by itself, nor does a pre-release, nor (whatever its number says) a change
that breaks or that reaches more: those wait for a person. Below 1.0.0 a minor version may break
(Semantic Versioning 2.0.0, § 4), so `minor` follows patches alone there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import semver

from marketplace.trust import may_be_told, rounded_count, rounded_rate

WAVES = (0.01, 0.1, 0.5, 1.0)
"""How much of all followers has had its turn after each wave; the first has one follower at least."""

OUTCOMES = ("upgraded", "waiting", "failed", "ahead")
"""What becomes of a follower in its turn."""

ENOUGH_RUNS = 3
MARGIN = 0.1
"""A failure rate is raised when it is this much above the one before, by `ENOUGH_RUNS` or more."""


def follows(channel: str, current: str, candidate: str) -> bool:
    """Whether an installation of `current` on `channel` may go to `candidate` by itself."""
    have, new = semver.Version.parse(current), semver.Version.parse(candidate)
    if channel not in ("patch", "minor") or new <= have or new.prerelease:
        return False
    if new.major != have.major:
        return False
    return new.minor == have.minor or (channel == "minor" and new.major > 0)


def turn_of(wave: int, followers: int) -> int:
    """How many of `followers` have had their turn when `wave` (from 0) is over."""
    share = WAVES[min(wave, len(WAVES) - 1)]
    return min(followers, max(1, math.ceil(share * followers))) if followers else 0


@dataclass(frozen=True, slots=True)
class Rate:
    """How many runs there were, how many of them failed, and how many tenants ran them."""

    runs: int
    failed: int
    tenants: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where nothing ran."""
        return self.failed / self.runs if self.runs else 0.0


def told(rate: Rate) -> list[int] | None:
    """What a publisher may know of it, `[runs, failed]`, rounded; None where too few stand behind it:
    it knows which tenants were upgraded, and the first wave is one of them."""
    if not may_be_told(tenants=rate.tenants, runs=rate.runs):
        return None
    runs = rounded_count(rate.runs)
    return [runs, round(rounded_rate(rate.share) * runs)]


def bound(before: Rate) -> float:
    """The share of failures above which the next wave does not begin, from 0 to 1."""
    return min(1.0, before.share + MARGIN)


def is_raised(before: Rate, after: Rate) -> bool:
    """Whether what was upgraded fails more than it did: the wave after it does not begin.

    Two failures at least, so that one bad night halts nothing.
    """
    if after.runs < ENOUGH_RUNS or after.failed < 2:
        return False
    return after.share > bound(before)


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave of a roll-out. Of its `followers`, `waiting` are left for a person to decide, `failed`
    could not be upgraded, `ahead` were on it already. `rate` is of the runs since, as far as it is
    `told`."""

    number: int  # from 0
    followers: int
    upgraded: int = 0
    waiting: int = 0
    failed: int = 0
    ahead: int = 0
    begun: bool = False  # whether anybody had their turn in it
    rate: Rate | None = None


def rate_of(kept: Sequence[int] | None) -> Rate | None:
    """A rate as `told` gave it."""
    return Rate(*kept) if kept else None


def waves_of(
    followers: int, began: Sequence[Mapping[str, Any]], rates: Sequence[Sequence[int] | None]
) -> list[Wave]:
    """Each wave that has a follower, from what `Rollout.waves` and `Rollout.rates` hold."""
    found = []
    for number in range(len(WAVES)):
        planned = turn_of(number, followers) - (turn_of(number - 1, followers) if number else 0)
        if not planned:
            continue
        if number >= len(began):
            found.append(Wave(number, planned))
            continue
        counts = {name: int(began[number].get(name, 0)) for name in OUTCOMES}
        rate = rate_of(rates[number]) if number < len(rates) else None
        found.append(Wave(number, planned, **counts, begun=True, rate=rate))
    return found
