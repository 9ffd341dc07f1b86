"""What a message may ask for. Ids in, nothing out."""

from uuid import UUID

from celery import shared_task

from maestro.runtime.services.stop_runs import stop_withdrawn as stop_what_is_withdrawn
from marketplace.services.note_adoption import note_adoption as note
from marketplace.services.note_adoption import stop_runs_of, sweep_installations
from marketplace.services.roll_out import roll_out as next_turns
from marketplace.services.roll_up_health import roll_up_health as roll_up
from marketplace.services.tell_owners import tell_owners as tell_of_events
from marketplace.services.tell_reviewers import tell_reviewers as tell


@shared_task(name="marketplace.roll_up_health")
def roll_up_health() -> None:
    """Count how releases did."""
    roll_up()


@shared_task(name="marketplace.stop_withdrawn")
def stop_withdrawn() -> None:
    """Ask what is withdrawn to end."""
    stop_what_is_withdrawn()


@shared_task(name="marketplace.note_adoption")
def note_adoption(installation_id: str) -> None:
    """Tell the publisher of an installation which version it is on."""
    note(UUID(installation_id))


@shared_task(name="marketplace.stop_runs")
def stop_runs(installation_id: str) -> None:
    """End what runs of an installation that is stopped."""
    stop_runs_of(UUID(installation_id))


@shared_task(name="marketplace.sweep_installations")
def sweep() -> None:
    """Ask again for what a lost message left undone."""
    sweep_installations()


@shared_task(name="marketplace.roll_out")
def roll_out() -> None:
    """Upgrade the next of those who follow a release."""
    next_turns()


@shared_task(name="marketplace.tell_reviewers")
def tell_reviewers() -> None:
    """Mail reviewers what waits for them."""
    tell()


@shared_task(name="marketplace.tell_owners")
def tell_owners() -> None:
    """Mail owners what became of what is theirs."""
    tell_of_events()
