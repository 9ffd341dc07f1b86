"""What was decided on a submission so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.models import Finding, Level, Review, ReviewDecision, Submission


@dataclass(frozen=True, slots=True)
class Decided:
    """The reviews in force, by kind, and how many findings must be mended."""

    reviews: Sequence[Review]
    errors: int

    @property
    def passed(self) -> list[str]:
        """The kinds that approve it."""
        return sorted(one.kind for one in self.reviews if one.decision == ReviewDecision.APPROVE)

    def missing(self, submission: Submission) -> list[str]:
        """The kinds that are asked for and do not approve it yet."""
        return sorted(set(submission.required_reviews) - set(self.passed))


def decided_on(submission: Submission) -> Decided:
    """What holds now. Needs the tenant's scope."""
    reviews = Review.objects.filter(submission=submission).in_force().order_by("id")
    errors = Finding.objects.filter(submission=submission, level=Level.ERROR).count()
    return Decided(list(reviews), errors)
