from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.document import Document
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.policies import (
    READ,
    START,
    named_workflow,
    workflow_resource,
)
from governance.policy.answer import PolicyAnswer
from governance.purposes import purposes
from governance.services.authorize import authorize, preview, refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, Problem, TenantRequired
from maestro.runtime.granted import Granted
from maestro.runtime.policies import READ_INSTALLATION, named_installation
from maestro.runtime.services.find_grant import find_grant
from maestro.runtime.services.find_runnable import Runnable
from maestro.runtime.services.find_version import find_version
from maestro.runtime.services.run_inputs import resolve_inputs
from maestro.runtime.services.start_execution import digest_of_request


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run is asked for: a version with its document, and the tenant that would run it."""

    tenant_id: UUID
    definition: WorkflowDefinition
    version: WorkflowVersion
    document: Document
    granted: Granted | None = None

    @property
    def installation_id(self) -> UUID | None:
        """Of whose form it is; None for a workflow's own."""
        return self.granted.grant.installation_id if self.granted else None

    @property
    def runnable(self) -> Runnable:
        """What would be started."""
        return Runnable(self.definition, self.version, self.document, self.granted)


def prepare_run(
    *, actor: Actor, workflow: str = "", version: str = "", installation: str = ""
) -> Prepared:
    """The version that a run form is about; the latest when none is named, or an installation's.

    Raises `NotFound`, `WorkflowArchived`, `NoVersion`, `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant to run this in.")
    if installation:
        resource = named_installation(actor.tenant_id, installation)
        authorize(actor=actor, action=READ_INSTALLATION, resource=resource)
        granted = find_grant(tenant_id=actor.tenant_id, installation=installation)
        return Prepared(
            actor.tenant_id, granted.definition, granted.version, granted.document, granted
        )
    named = named_workflow(actor.tenant_id, workflow)
    refuse_out_of_scope(actor=actor, action=READ, resource=named)
    definition, frozen, document = find_version(
        tenant_id=actor.tenant_id, workflow=workflow, version=version
    )
    authorize(actor=actor, action=READ, resource=workflow_resource(definition))
    return Prepared(actor.tenant_id, definition, frozen, document)


def preview_start(*, actor: Actor, prepared: Prepared, purpose: str = "") -> PolicyAnswer:
    """What policy would say to starting it for `purpose`; without one, for some purpose or other.

    Nothing is recorded.
    """
    some = purpose or next(each.name for each in purposes() if each.in_production)
    return preview(
        actor=actor.for_purpose(some),
        action=START,
        resource=prepared.runnable.resource(),
        context=prepared.runnable.context(actor, some),
    )


def check_run(
    *,
    prepared: Prepared,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
    reason: str | None = None,
) -> tuple[Problem, ...]:
    """Everything that is wrong with what a run is given, all at once.

    Paths begin with `/parameters`, `/secrets` or `/endpoints`, or are `/reason`, which is asked for
    unless it is None.
    """
    try:
        digest_of_request(parameters)
        resolve_inputs(
            tenant_id=prepared.tenant_id,
            document=prepared.document,
            **prepared.runnable.inputs(parameters, secrets, endpoints),
            reason=reason,
        )
    except InvalidInput as invalid:
        return invalid.problems
    return ()
