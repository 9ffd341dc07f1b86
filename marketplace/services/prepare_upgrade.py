from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.capabilities import capabilities
from catalog.diff import smallest
from catalog.services.compare_versions import Judged
from connectors.registry import registry
from governance.services.authorize import authorize, refuse_out_of_scope
from governance.services.stored_secrets import stored_secrets
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict
from maestro.kernel.tenant import tenant_scope
from marketplace.models import Release, WorkflowInstance
from marketplace.policies import (
    INSTALLATION_READ,
    UPGRADE,
    installation_resource,
    installations_of,
)
from marketplace.services.change_installation import find_installation
from marketplace.services.check_installation import Checked, check_installation, tenant_of
from marketplace.services.configure_installation import release_of, wanted_of
from marketplace.services.find_release import FoundRelease, find_release
from marketplace.services.prepare_installation import see_release
from marketplace.upgrade_plan import Given, UpgradePlan, plan_upgrade
from marketplace.wanted import Wanted


class NothingToUpgrade(Conflict):
    """It is on that version, or on a higher one."""

    code = "nothing_to_upgrade"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person gives instead of what the rules made of it; None keeps that.

    Of the maps, what is given replaces the value of the same name. `hosts` are the hosts that it is
    granted from now on: those that it reaches anew are never granted by themselves. With `whole`, the
    parameters are all there are: what is left out is not given.
    """

    parameters: Mapping[str, Any] | None = None
    secrets: Mapping[str, str] | None = None
    endpoints: Mapping[str, str] | None = None
    hosts: Sequence[str] | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class FoundUpgrade:
    """From what an installation runs to the release that it would go to, before anything is answered."""

    instance: WorkflowInstance
    before: FoundRelease
    after: FoundRelease
    plan: UpgradePlan


@dataclass(frozen=True, slots=True)
class PreparedUpgrade:
    """An upgrade before it is done: from what to what, what it changes, what would be refused.

    `releases` are those above the installed one up to the target, newest first, with their
    changelogs. `numbers` are those that one can go to. `stored` are the tenant's secrets, for who
    may know them.
    """

    instance: WorkflowInstance
    before: FoundRelease
    after: FoundRelease
    plan: UpgradePlan
    checked: Checked
    releases: Sequence[Release]
    numbers: Sequence[str]
    stored: Sequence[tuple[str, str]]

    @property
    def judged(self) -> Judged:
        """The changes with the number that they ask for, and what is reached before and after."""
        return Judged(
            self.plan.diff,
            smallest(self.before.document.version, self.plan.diff),
            self.plan.reaches_now,
            capabilities(self.before.document, registry().manifests()),
        )

    @property
    def hosts_to_grant(self) -> Sequence[str]:
        """What its endpoints would lead to and it is not granted yet."""
        had = set(self.instance.hosts)
        return [host for host in self.checked.reached if host not in had]


def prepare_upgrade(
    *, actor: Actor, name: str, to: str = "", overrides: Overrides | None = None
) -> PreparedUpgrade:
    """What an upgrade to the release `to`, the highest that may be installed, would do.

    Raises `NotFound`, `Denied`, `NothingToUpgrade`. Nothing is written.
    """
    with tenant_scope(tenant_of(actor)):
        found = find_upgrade(actor=actor, name=name, to=to)
        return prepare_found(actor=actor, found=found, overrides=overrides)


def find_upgrade(*, actor: Actor, name: str, to: str = "") -> FoundUpgrade:
    """The first half of `prepare_upgrade`: what is asked for is known before it is answered.

    Open in the actor's tenant.
    """
    tenant_id = tenant_of(actor)
    refuse_out_of_scope(actor=actor, action=INSTALLATION_READ, resource=installations_of(tenant_id))
    instance = find_installation(tenant_id=tenant_id, name=name)
    authorize(actor=actor, action=INSTALLATION_READ, resource=installation_resource(instance))
    before, after, plan = planned(instance, target_of(actor, instance, to))
    return FoundUpgrade(instance, before, after, plan)


def prepare_found(
    *, actor: Actor, found: FoundUpgrade, overrides: Overrides | None = None
) -> PreparedUpgrade:
    """The second half: with what was answered. That secrets are shown is recorded.

    Open in the actor's tenant.
    """
    tenant_id, instance, after = tenant_of(actor), found.instance, found.after
    checked = check(actor, instance, after, found.plan, overrides or Overrides())
    above = Release.objects.filter(template=after.template, order__gt=instance.order)
    rows = above.installable().newest_first().defer("statement", "capabilities")[:50]
    return PreparedUpgrade(
        instance=instance,
        before=found.before,
        after=after,
        plan=found.plan,
        checked=checked,
        releases=[one for one in rows if list(one.order) <= list(after.release.order)],
        numbers=[one.number for one in rows],
        stored=stored_secrets(actor=actor, tenant_id=tenant_id) if after.document.secrets else (),
    )


def target_of(actor: Actor, instance: WorkflowInstance, to: str = "") -> FoundRelease:
    """The release that it would go to. Raises `NotFound`, `Denied`, `NothingToUpgrade`."""
    suffix = f"@{to}" if to else ""
    found = find_release(tenant_id=tenant_of(actor), address=instance.address + suffix)
    see_release(actor=actor, found=found)
    if list(found.release.order) <= list(instance.order):
        raise NothingToUpgrade(
            f"{instance.name} is on {instance.number}; {found.release.number} is not above it.",
            hint="To go back to what it was before an upgrade, roll it back.",
            number=instance.number,
        )
    return found


def planned(
    instance: WorkflowInstance, after: FoundRelease
) -> tuple[FoundRelease, FoundRelease, UpgradePlan]:
    """From what it runs now to `after`. An endpoint that is where the former release's default leads
    goes where the new one's does."""
    before = release_of(instance)
    defaults = {name: one.default for name, one in before.document.endpoints.items()}
    chosen = {
        name: address
        for name, address in instance.endpoints.items()
        if address != defaults.get(name)
    }
    given = Given(instance.parameters, instance.secrets, chosen)
    manifests = registry().manifests()
    plan = plan_upgrade(before.document, after.document, given=given, manifests=manifests)
    return before, after, plan


def check(
    actor: Actor,
    instance: WorkflowInstance,
    after: FoundRelease,
    plan: UpgradePlan,
    overrides: Overrides,
) -> Checked:
    """What the upgraded installation would be, all that is wrong with it, what policy says."""
    checked = check_installation(
        actor=actor,
        found=after,
        wanted=_wanted(instance, plan, overrides),
        action=UPGRADE,
        instance=instance,
    )
    solved = {f"/parameters/{name}" for name in overrides.parameters or ()}
    rules = tuple(
        one
        for one in plan.migrated.problems
        if one.path not in solved and not (overrides.whole and one.path.startswith("/parameters/"))
    )
    return replace(checked, problems=tuple(dict.fromkeys((*rules, *checked.problems))))


def _wanted(instance: WorkflowInstance, plan: UpgradePlan, overrides: Overrides) -> Wanted:
    now = plan.migrated
    return replace(
        wanted_of(instance),
        parameters={
            **({} if overrides.whole else now.parameters),
            **(overrides.parameters or {}),
        },
        secrets={**now.secrets, **(overrides.secrets or {})},
        endpoints={**now.endpoints, **(overrides.endpoints or {})},
        hosts=tuple(instance.hosts if overrides.hosts is None else overrides.hosts),
    )
