from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from maestro.kernel.addresses import public_address
from maestro.kernel.clock import now
from maestro.kernel.models import Heartbeat
from maestro.tenancy.models import User
from marketplace.letters import one_line
from marketplace.models import ReviewKind, Submission
from marketplace.services.find_submission import PLATFORM
from marketplace.services.mailing import platform_mailer

JOBS = "jobs"
DAY = timedelta(days=1)
SHOWN = 20  # submissions of a queue that a mail lists
CLAIM = "reviewers-told"
QUEUES = {
    **{f"{kind.value}_reviewer": f"{kind.label} reviews" for kind in ReviewKind},
    "approver": "To approve",
}
"""Whom a queue is for, by role of the platform, and what its mail calls it."""


def tell_reviewers() -> int:
    """Mail each reviewer and approver what came in within a day and what is overdue; how many mails.

    Once a day over all workers, by the platform's mail server; nothing is sent, and nothing noted,
    where there is none. Somebody for whom nothing is new or late gets no mail. A mail that the
    server does not take is left out: the queues say the same, and so does the next day's.
    """
    mailer = platform_mailer()
    if mailer is None:
        return 0
    moment = now()
    if not _claimed(moment):
        return 0
    waiting = {role: _waiting(role) for role in QUEUES}
    people = User.objects.using(PLATFORM).filter(
        is_active=True, platform_roles__overlap=list(QUEUES)
    )
    sent = 0
    with mailer:
        for person in people.order_by("id"):
            own = {QUEUES[role]: waiting[role] for role in QUEUES if role in person.platform_roles}
            subject, text = digest(own, moment)
            sent += bool(text) and mailer.send(person.email, subject, text)
    return sent


def digest(queues: Mapping[str, Sequence[Submission]], moment: datetime) -> tuple[str, str]:
    """Subject and text of one person's mail; empty where nothing is new or late."""
    rows = [row for queue in queues.values() for row in queue]
    late = {row.pk for row in rows if row.due_at < moment}
    new = {row.pk for row in rows if row.created_at >= moment - DAY}
    if not late and not new:
        return "", ""
    lines = []
    for title, queue in queues.items():
        if queue:
            lines += [f"{title}: {len(queue)}", *(_line(row, moment) for row in queue[:SHOWN])]
            if len(queue) > SHOWN:
                lines.append(f"  and {len(queue) - SHOWN} more")
            lines.append("")
    subject = f"Reviews: {len(new)} new, {len(late)} overdue"
    return subject, "\n".join([*lines, f"All that waits: {public_address('admin:index')}"])


def _line(row: Submission, moment: datetime) -> str:
    due = f"{row.due_at:%Y-%m-%d %H:%M} UTC"
    word = "OVERDUE since" if row.due_at < moment else "due"
    page = public_address("admin:marketplace_submission_change", object_id=row.pk)
    title = one_line(row.title)
    return f"  {row.publisher}/{title} {row.number}, {row.risk} risk, {word} {due}\n  {page}"


def _waiting(role: str) -> list[Submission]:
    rows = Submission.objects.using(PLATFORM).defer("changes", "capabilities", "new_capabilities")
    found = (
        rows.awaiting_approval()
        if role == "approver"
        else rows.awaiting_review(role.removesuffix("_reviewer"))
    )
    return list(found.by_due_date())


def _claimed(moment: datetime) -> bool:
    """Whether this worker is the one that tells them today."""
    beats = Heartbeat.objects.using(JOBS)
    _, made = beats.get_or_create(name=CLAIM, defaults={"seen_at": moment})
    return made or bool(beats.filter(name=CLAIM, seen_at__lte=moment - DAY).update(seen_at=moment))
