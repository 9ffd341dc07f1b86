"""What risks much asks people first."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.control_tasks import APPROVAL
from marketplace.checking import ERROR, WARNING, Found, Subject

ENOUGH = 2
"""People who should agree before something of high risk goes on."""


def check(subject: Subject) -> Iterator[Found]:
    """High risk without an approval step is an error, unless policy asks people anyway."""
    document = subject.document
    if document.risk != "high":
        return
    steps = [(index, step) for index, step in enumerate(document.steps) if step.task == APPROVAL]
    if not steps:
        level = WARNING if subject.start.approvals >= ENOUGH else ERROR
        yield Found(
            level,
            "no_approval",
            "It is of high risk and asks nobody.",
            "/steps",
            "Put a core.approval@1 step before what can't be undone.",
        )
        return
    counts = [step.with_.get("count", 1) for _, step in steps]
    if not any(not isinstance(count, int) or count >= ENOUGH for count in counts):
        yield Found(
            WARNING,
            "few_approvals",
            f"It is of high risk and asks one person only; {ENOUGH} are usual.",
            f"/steps/{steps[0][0]}/with/count",
            "Let two people approve.",
        )
