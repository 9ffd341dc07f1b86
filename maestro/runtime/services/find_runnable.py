from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.document import Document
from catalog.models import WorkflowDefinition, WorkflowVersion
from catalog.policies import START, named_workflow, start_context, start_resource
from governance.models import Decision
from governance.resource import Resource
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Denied, InvalidInput, Problem
from maestro.runtime.granted import Granted
from maestro.runtime.policies import granted_context, granted_resource, named_installation
from maestro.runtime.services.find_grant import as_state, find_grant, given_to
from maestro.runtime.services.find_version import find_version
from maestro.runtime.services.within_grant import hold_to, with_approvals


@dataclass(frozen=True, slots=True)
class Runnable:
    """A version that is to be started, and what its installation was granted if it is one's."""

    definition: WorkflowDefinition
    version: WorkflowVersion
    document: Document
    granted: Granted | None = None

    def resource(self, endpoints: Mapping[str, str] | None = None) -> Resource:
        """As policy sees it, with the addresses that the start gives."""
        if self.granted is None:
            return start_resource(self.definition, self.document, endpoints)
        return granted_resource(self.granted)

    def context(self, actor: Actor, purpose: str) -> dict[str, Any]:
        """The circumstances of its start."""
        if self.granted is None:
            return start_context(actor, self.definition, purpose)
        return granted_context(self.granted, purpose)

    def inputs(
        self,
        parameters: Mapping[str, Any],
        secrets: Mapping[str, str],
        endpoints: Mapping[str, str],
    ) -> dict[str, Any]:
        """What it is run with. Raises `InvalidInput` for what its installation fixes."""
        if self.granted is None:
            return {"parameters": parameters, "secrets": secrets, "endpoints": endpoints}
        return given_to(self.granted, parameters=parameters, secrets=secrets, endpoints=endpoints)

    def hold_to_grant(self, actor: Actor) -> None:
        """Raises `Denied` or `QuotaUsedUp` for what its installation does not allow."""
        if self.granted is not None:
            hold_to(self.granted.grant, actor)

    def obligations(self, found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """What policy obliges to, and its installation."""
        return with_approvals(found, self.granted.grant if self.granted else None)

    @property
    def granted_fields(self) -> dict[str, Any]:
        """What an execution keeps of the grant."""
        return fields_of(self.granted)


def fields_of(granted: Granted | None) -> dict[str, Any]:
    """What an execution keeps of its grant; nothing of one that has none."""
    if granted is None:
        return {}
    grant = granted.grant
    return {
        "grant_id": grant.pk,
        "installation_id": grant.installation_id,
        "environment": grant.environment,
        "region": grant.region,
    }


def find_runnable(
    *, tenant_id: UUID, workflow: str = "", version: str = "", installation: str | UUID = ""
) -> Runnable:
    """What a workflow's address, or an installation's name or id, says is to be run.

    Raises `InvalidInput` unless exactly one is given, `NotFound`, `WorkflowArchived`, `NoVersion`.
    """
    if not installation and workflow:
        definition, frozen, document = find_version(
            tenant_id=tenant_id, workflow=workflow, version=version
        )
        return Runnable(definition, frozen, document)
    if workflow or version or not installation:
        message = "Name a workflow or an installation; one of the two."
        hint = "An installation says itself which version it runs."
        raise InvalidInput(
            message, problems=[Problem("/installation", message, "one_of_two", hint)]
        )
    granted = find_grant(tenant_id=tenant_id, installation=installation)
    return Runnable(granted.definition, granted.version, granted.document, granted)


def named(tenant_id: UUID, workflow: str, installation: str | UUID) -> Resource:
    """What somebody names to be run, before it is looked for."""
    if installation:
        return named_installation(tenant_id, str(installation))
    return named_workflow(tenant_id, workflow)


def may_start(runnable: Runnable, actor: Actor, endpoints: Mapping[str, str] | None) -> Decision:
    """The decision, not written yet. Raises `Denied`, or the state that stands in the way."""
    try:
        return authorize(
            actor=actor,
            action=START,
            resource=runnable.resource(endpoints),
            context=runnable.context(actor, actor.purpose),
            record=False,  # it is written with the execution
        )
    except Denied as refusal:
        raise as_state(refusal, runnable.granted) from None
