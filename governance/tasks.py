"""What a message may ask for. Ids in, nothing out."""

from celery import shared_task

from governance.services.link_audit import link_audit as link


@shared_task(name="governance.link_audit")
def link_audit() -> None:
    """Link the records that wait in the audit chain."""
    link()
