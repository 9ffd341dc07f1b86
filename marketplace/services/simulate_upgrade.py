from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from catalog.models import WorkflowDefinition
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, Problem
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.granted import Granted
from maestro.runtime.policies import SIMULATE
from maestro.runtime.services.find_runnable import Runnable
from maestro.runtime.services.simulate import Simulation, simulate_runnable
from marketplace.services.check_installation import tenant_of
from marketplace.services.prepare_upgrade import PreparedUpgrade
from marketplace.services.upgrade_installation import take_release
from marketplace.services.write_grant import grant_of


@dataclass(frozen=True, slots=True)
class SimulatedUpgrade:
    """A run of the release that one would go to, with what it would be given; for which purpose.

    Without one, `why_not` says what stands in the way, `problems` which answers are missing.
    """

    purpose: str
    simulation: Simulation | None = None
    why_not: str = ""
    problems: tuple[Problem, ...] = ()


def simulate_upgrade(*, actor: Actor, found: PreparedUpgrade) -> SimulatedUpgrade:
    """Run in memory what the installation would run after the upgrade that `found` prepared.

    For the actor's purpose, or where the installation is for others the first of those. What each
    run gives itself is taken from the release's first example. Nothing is written or recorded, nor
    is that somebody may not simulate: it is said.
    """
    tenant_id = tenant_of(actor)
    allowed = found.checked.wanted.policies.get("purposes") or (actor.purpose,)
    purpose = actor.purpose if actor.purpose in allowed else str(allowed[0])
    who = actor.for_purpose(purpose)
    runnable = _as_it_would_be(who, found)
    with tenant_scope(tenant_id):
        may = preview(
            actor=who,
            action=SIMULATE,
            resource=runnable.resource(),
            context=runnable.context(who, purpose),
        )
        if not may.allow:
            return SimulatedUpgrade(purpose, why_not=may.deny[0].message)
        try:
            simulation = simulate_runnable(
                actor=who,
                tenant_id=tenant_id,
                runnable=runnable,
                parameters=_given_by_a_run(found),
                secrets={},
                endpoints={},
            )
        except InvalidInput as invalid:
            return SimulatedUpgrade(purpose, why_not=invalid.message, problems=invalid.problems)
    return SimulatedUpgrade(purpose, simulation)


def _as_it_would_be(actor: Actor, found: PreparedUpgrade) -> Runnable:
    """The release with the grant that the upgrade would write, which is not written."""
    after, document = found.after, found.after.document
    instance = copy(found.instance)
    take_release(instance, after.release, found.checked)
    version = after.release.version
    # The publisher's row, which may be out of sight: nothing but its id is asked for.
    definition = WorkflowDefinition(pk=version.definition_id)
    granted = Granted(
        grant=grant_of(instance=instance, release=after.release, actor=actor),
        definition=definition,
        version=version,
        document=document,
        stopped=instance.status == "stopped",
        why_stopped=instance.status_reason,
        withdrawal=after.withdrawal,
        withdrawal_reason=after.release.status_reason,
        replacement=after.release.replacement,
        unverified=after.verification.why_not,
    )
    return Runnable(definition, version, document, granted)


def _given_by_a_run(found: PreparedUpgrade) -> Mapping[str, Any]:
    """Values for the parameters that each run gives itself, as far as an example has them."""
    wanted, examples = found.checked.wanted, found.after.document.examples
    if not examples:
        return {}
    first = examples[0].parameters
    asked = wanted.asked - wanted.parameters.keys()
    return {name: first[name] for name in asked if name in first}
