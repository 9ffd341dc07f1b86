"""What a message may ask for. Ids in, nothing out."""

from celery import shared_task

from governance.services.expire_inputs import expire_inputs as expire
from governance.services.link_audit import link_audit as link
from governance.services.rewrap_secrets import rewrap_secrets as rewrap


@shared_task(name="governance.link_audit")
def link_audit() -> None:
    """Link the records that wait in the audit chain."""
    link()


@shared_task(name="governance.expire_inputs")
def expire_inputs() -> None:
    """Delete what policy was asked long ago."""
    expire()


@shared_task(name="governance.rewrap_secrets")
def rewrap_secrets() -> None:
    """Wrap stored secrets by the key that is active now."""
    rewrap()
