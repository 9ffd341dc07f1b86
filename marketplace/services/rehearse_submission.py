from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from catalog.services.read_document import document_of
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.simulate import Simulation, simulate
from marketplace.models import Submission
from marketplace.policies import RELEASE_READ, submission_resource
from marketplace.services.find_submission import no_submission, tenant_of_submission
from marketplace.services.run_checks import an_operator, stand_ins


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an example would do, if an operator of the publisher ran it now."""

    title: str
    simulation: Simulation


def rehearse_submission(*, actor: Actor, submission_id: UUID) -> Rehearsal:
    """Rehearse the first example of what is put forward: nothing is written, nothing is called.

    Raises `Denied`, `NotFound`, `InvalidInput` where it has no example or the example does not fit.
    """
    tenant_id = tenant_of_submission(actor=actor, submission_id=submission_id, action=RELEASE_READ)
    with tenant_scope(tenant_id):
        found = Submission.objects.for_tenant(tenant_id).select_related("version__definition")
        submission = found.filter(pk=submission_id).first()
        if submission is None:
            raise no_submission()
        authorize(actor=actor, action=RELEASE_READ, resource=submission_resource(submission))
        document = document_of(submission.version)
        if not document.examples:
            raise InvalidInput(
                "It has no example to rehearse.", hint="A docs review may ask for one."
            )
        example = document.examples[0]
        definition = submission.version.definition
        simulation = simulate(
            actor=an_operator(tenant_id, definition.publisher, actor.purpose),
            workflow=definition.slug,
            version=document.version,
            parameters=example.parameters,
            endpoints=stand_ins(document),
        )
    return Rehearsal(example.title, simulation)
