"""What policy would say to those who run it."""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.checking import INFO, WARNING, Found, Subject


def check(subject: Subject) -> Iterator[Found]:
    """A refusal of a usual start is a warning; approvals that policy adds are told."""
    for code, message in subject.start.denied:
        yield Found(
            WARNING,
            f"policy_{code}"[:64],
            f"Policy would refuse an operator who starts it: {message}",
            hint="Look at the scenarios in docs/policies.md, and at what it reaches.",
        )
    if subject.start.approvals:
        people = subject.start.approvals
        yield Found(
            INFO,
            "policy_approvals",
            f"Policy asks {people} people before each run, besides the workflow's own approvals.",
        )
