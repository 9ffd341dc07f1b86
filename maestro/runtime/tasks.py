"""What a message may ask for. Ids in, nothing out."""

from uuid import UUID

from celery import shared_task

from maestro.runtime.services.make_evidence import make_evidence as make_due_evidence
from maestro.runtime.services.pump import pump as run_pump
from maestro.runtime.worker.drive import drive


@shared_task(name="runtime.advance_execution")
def advance_execution(execution_id: str) -> None:
    """Take an execution as far as it goes."""
    drive(UUID(execution_id))


@shared_task(name="runtime.pump")
def pump() -> None:
    """Wake what is due."""
    run_pump()


@shared_task(name="runtime.make_evidence")
def make_evidence() -> None:
    """Make the evidence of what has ended."""
    make_due_evidence()
