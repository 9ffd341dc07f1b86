"""What badges and warnings a template wears, and which figures of it may be told. Pure.

`RULES` is the table; `docs/trust.md` is written from it. A rule speaks of conditions, so that a
search can ask the database for them (`services/search_marketplace.py`) and nobody repeats the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, log10

MIN_TENANTS = 5
"""Figures are told when at least as many tenants stand behind them: less could be told apart."""
MIN_RUNS = 20
"""And as many runs that have ended: of fewer a rate says nothing."""
HEALTHY_UP_TO = 0.05
UNHEALTHY_FROM = 0.20
REVIEW_HOLDS = timedelta(days=365)
DAYS = 30
"""The days over which health is judged."""

CONDITIONS = {
    "certified": "A certification is valid now.",
    "verified": "The platform confirmed who the publisher is.",
    "reviewed": f"The last review is at most {REVIEW_HOLDS.days} days old.",
    "lapsed": f"The last review is more than {REVIEW_HOLDS.days} days old.",
    "healthy": f"At most {HEALTHY_UP_TO:.0%} of the runs of {DAYS} days failed, of enough runs.",
    "unhealthy": f"{UNHEALTHY_FROM:.0%} or more of the runs of {DAYS} days failed, of enough runs.",
    "listed": "It is published, and neither deprecated nor withdrawn.",
    "deprecated": "Its publisher deprecated it.",
    "withdrawn": "Its publisher took it back.",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A badge or a warning: worn when of each group in `needs` one condition holds.

    `evidence` says what opens from it: `certification`, `health`, `publisher`, `reviews` or
    `standing`, each a part of the release's page.
    """

    name: str
    is_warning: bool
    needs: tuple[frozenset[str], ...]
    evidence: str

    def holds(self, conditions: Iterable[str]) -> bool:
        """Whether a template of which `conditions` hold wears it."""
        known = frozenset(conditions)
        return all(group & known for group in self.needs)


def _rule(name: str, evidence: str, *needs: str, warning: bool = False) -> Rule:
    return Rule(name, warning, tuple(frozenset(group.split("|")) for group in needs), evidence)


RULES = (
    _rule("certified", "certification", "certified", "listed|deprecated"),
    _rule("trusted", "health", "certified|verified", "healthy", "reviewed", "listed"),
    _rule("verified_publisher", "publisher", "verified"),
    _rule("deprecated", "standing", "deprecated", warning=True),
    _rule("withdrawn", "standing", "withdrawn", warning=True),
    _rule("unhealthy", "health", "unhealthy", warning=True),
    _rule("review_expired", "reviews", "lapsed", "listed|deprecated", warning=True),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules are asked with: of a template, or of one release of it.

    `failure_rate` is None where it may not be told; `standing` is `listed`, `deprecated`,
    `withdrawn` or another that says nothing.
    """

    standing: str
    certified_until: datetime | None = None
    is_verified: bool = False
    last_reviewed_at: datetime | None = None
    failure_rate: float | None = None


def conditions(facts: Facts, *, at: datetime) -> Iterator[str]:
    """Which of `CONDITIONS` hold at a moment."""
    if facts.certified_until is not None and facts.certified_until > at:
        yield "certified"
    if facts.is_verified:
        yield "verified"
    if facts.last_reviewed_at is not None:
        yield "lapsed" if facts.last_reviewed_at < at - REVIEW_HOLDS else "reviewed"
    if facts.failure_rate is not None:
        if facts.failure_rate <= HEALTHY_UP_TO:
            yield "healthy"
        elif facts.failure_rate >= UNHEALTHY_FROM:
            yield "unhealthy"
    if facts.standing in {"listed", "deprecated", "withdrawn"}:
        yield facts.standing


def worn(known: Iterable[str]) -> tuple[Rule, ...]:
    """The badges and warnings of what these conditions hold of, in the order of the table."""
    held = frozenset(known)
    return tuple(rule for rule in RULES if rule.holds(held))


def may_be_told(*, tenants: int, runs: int) -> bool:
    """Whether figures of so many tenants and ended runs say nothing of a single tenant."""
    return tenants >= MIN_TENANTS and runs >= MIN_RUNS


def installs_told(count: int, *, own: bool) -> int | None:
    """How many installations of a template somebody is told of: few could be told apart, but the
    publisher sees each tenant that has one. None where they are too few."""
    return count if own or count >= MIN_TENANTS else None


def rounded_count(count: int) -> int:
    """Down to two significant digits, so that one run more is not seen: 1,247 is 1,200."""
    if count < 100:
        return count - count % 5
    size: int = 10 ** (floor(log10(count)) - 1)
    return count // size * size


def rounded_rate(rate: float) -> float:
    """To a tenth of a percent; what is not zero is never said to be, nor one that is not one."""
    if rate in (0.0, 1.0):
        return rate
    return min(max(round(rate, 3), 0.001), 0.999)


def rounded_seconds(seconds: float) -> float:
    """Up to two significant digits."""
    if seconds <= 0:
        return 0.0
    size = 10.0 ** (floor(log10(seconds)) - 1)
    return round(ceil(round(seconds / size, 6)) * size, 6)


def as_markdown() -> str:
    """The table of `docs/trust.md`."""
    lines = ["| mark | is | worn when | opens |", "| --- | --- | --- | --- |"]
    for rule in RULES:
        kind = "warning" if rule.is_warning else "badge"
        needs = " and ".join(
            " or ".join(f"`{one}`" for one in sorted(group)) for group in rule.needs
        )
        lines.append(f"| `{rule.name}` | {kind} | {needs} | {rule.evidence} |")
    lines += ["", "| condition | holds when |", "| --- | --- |"]
    lines += [f"| `{name}` | {text} |" for name, text in CONDITIONS.items()]
    return "\n".join(lines)
