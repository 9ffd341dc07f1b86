"""What a message may ask for. Ids in, nothing out."""

from celery import shared_task

from marketplace.services.roll_up_health import roll_up_health as roll_up
from marketplace.services.stop_withdrawn import stop_withdrawn as stop_what_is_withdrawn


@shared_task(name="marketplace.roll_up_health")
def roll_up_health() -> None:
    """Count how releases did."""
    roll_up()


@shared_task(name="marketplace.stop_withdrawn")
def stop_withdrawn() -> None:
    """Ask what is withdrawn to end."""
    stop_what_is_withdrawn()
