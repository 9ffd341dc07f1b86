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
from dataclasses import dataclass

import semver

WAVES = (0.01, 0.1, 0.5, 1.0)
"""How much of all followers has had its turn after each wave; the first has one follower at least."""

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
    """How many runs there were, and how many of them failed."""

    runs: int
    failed: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where nothing ran."""
        return self.failed / self.runs if self.runs else 0.0


def is_raised(before: Rate, after: Rate) -> bool:
    """Whether what was upgraded fails more than it did: the wave after it does not begin.

    Two failures at least, so that one bad night halts nothing.
    """
    if after.runs < ENOUGH_RUNS or after.failed < 2:
        return False
    return after.share > before.share + MARGIN
