from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from maestro.kernel.addresses import public_address
from maestro.kernel.clock import now
from maestro.kernel.outbox import Event, has_untold_events, take_untold_events
from marketplace.letters import letter
from marketplace.services.find_owners import letters_about
from marketplace.services.mailing import Mailer, platform_mailer

logger = logging.getLogger(__name__)

BATCH = 500  # events that are told together: of them a person gets one mail
BATCHES = 20
DAY = timedelta(days=1)


def tell_owners() -> int:
    """Mail those who own what events are about: submissions, releases, installations; how many mails.

    `marketplace.owner_notes` says who is told of what. At most once: events are marked first, in a
    transaction of their own, so that two workers tell none twice; a mail that the server then
    refuses, or that a worker was killed over, is lost, and all that the log says is the events' ids.
    The pages say the same. Nothing is marked while there is no mail server or it does not answer;
    what is older than a day by then is marked and not told.
    """
    mailer = platform_mailer()
    if mailer is None or not has_untold_events():
        return 0
    sent = 0
    with mailer:
        for _ in range(BATCHES):
            if not mailer.reach():
                logger.warning("The platform's mail server does not answer; events wait for it.")
                break
            events = take_untold_events(BATCH)
            earliest = now() - DAY
            sent += _tell(mailer, [event for event in events if event.created_at > earliest])
            if len(events) < BATCH:
                break
    return sent


def _tell(mailer: Mailer, events: Sequence[Event]) -> int:
    letters = letters_about(events)
    preferences = public_address("tenancy:preferences")
    sent, lost = 0, set[int]()
    is_there = True
    for person, written in letters.items():
        said = letter(written.notes, preferences=preferences)
        if is_there and mailer.send(person.email, *said):
            sent += 1
            continue
        lost |= written.events
        # One that went away would keep each mail waiting for as long as it may take.
        is_there = is_there and mailer.reach()
    if lost:
        logger.warning("Mails about events were lost: %s", ", ".join(map(str, sorted(lost))))
    return sent
