"""What a message may ask for. Ids in, nothing out."""

from celery import shared_task

from marketplace.services.roll_up_health import roll_up_health as roll_up


@shared_task(name="marketplace.roll_up_health")
def roll_up_health() -> None:
    """Count how releases did."""
    roll_up()
