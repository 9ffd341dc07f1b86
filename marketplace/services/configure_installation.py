from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from catalog.models import WorkflowTemplate
from governance.services.authorize import refuse_out_of_scope
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput, NotFound, Problem
from maestro.kernel.tenant import tenant_scope
from marketplace.models import ChangeKind, Release, WorkflowInstance
from marketplace.policies import CONFIGURE, installations_of
from marketplace.services.change_installation import hold_installation
from marketplace.services.check_installation import check_installation, require_fine, tenant_of
from marketplace.services.find_release import FoundRelease, found
from marketplace.services.record_change import record_change, state_of
from marketplace.services.write_grant import write_grant
from marketplace.wanted import Wanted

CHANGEABLE = (
    "channel",
    "parameters",
    "secrets",
    "endpoints",
    "hosts",
    "environment",
    "region",
    "quotas",
    "policies",
)


def configure_installation(
    *,
    actor: Actor,
    name: str,
    changes: Mapping[str, Any],
    expected_revision: int | None = None,
) -> WorkflowInstance:
    """Let an installation run with something else. New executions do; running ones keep theirs.

    `changes` holds any of `CHANGEABLE`, each whole as `Wanted` has it. What stays as it is leaves no
    receipt. Raises `NotFound`, `Denied`, `InstallationInvalid`, `InstallationChanged`, and what
    stands in the way of its release.
    """
    tenant_id = tenant_of(actor)
    unknown = [name for name in changes if name not in CHANGEABLE]
    if unknown:
        raise InvalidInput(
            "That can't be changed.",
            problems=[
                Problem(f"/{one[:64]}", f"{one[:64]} can't be changed.", "not_changeable")
                for one in unknown
            ],
        )
    with tenant_scope(tenant_id):
        refuse_out_of_scope(actor=actor, action=CONFIGURE, resource=installations_of(tenant_id))
        instance = hold_installation(
            tenant_id=tenant_id, name=name, expected_revision=expected_revision
        )
        release = release_of(instance)
        wanted = replace(wanted_of(instance), **_fixed(changes))
        checked = check_installation(
            actor=actor, found=release, wanted=wanted, action=CONFIGURE, instance=instance
        )
        decision = require_fine(checked, actor=actor, action=CONFIGURE, found=release)
        before = state_of(instance)
        instance.channel = wanted.channel
        instance.parameters = dict(wanted.parameters)
        instance.secrets = dict(checked.secrets)
        instance.endpoints = dict(checked.endpoints)
        instance.hosts = list(checked.hosts)
        instance.environment, instance.region = wanted.environment, wanted.region
        instance.quotas, instance.policies = dict(wanted.quotas), dict(wanted.policies)
        if state_of(instance) == before:
            return instance
        write_grant(instance=instance, release=release.release, actor=actor)
        instance.revision += 1
        instance.save()
        record_change(
            actor=actor,
            instance=instance,
            kind=ChangeKind.CONFIGURE,
            receipt=CONFIGURE,
            decision=decision,
            before=before,
        )
    return instance


def wanted_of(instance: WorkflowInstance) -> Wanted:
    """What an installation is now, as it would be asked for."""
    return Wanted(
        name=instance.name,
        channel=instance.channel,
        parameters=instance.parameters,
        secrets=instance.secrets,
        endpoints=instance.endpoints,
        hosts=tuple(instance.hosts),
        environment=instance.environment,
        region=instance.region,
        quotas=instance.quotas,
        policies=instance.policies,
    )


def release_of(instance: WorkflowInstance) -> FoundRelease:
    """The release that is installed: granted, so it is read wherever its template went.

    Raises `NotFound` if it was deleted with its publisher.
    """
    return found_again(instance.release_id)


def found_again(release_id: UUID | str) -> FoundRelease:
    """A release that was granted once. Raises `NotFound` if it was deleted with its publisher."""
    rows = Release.objects.select_related("version").defer("version__frozen", "version__source")
    release = rows.filter(pk=release_id).first()
    if release is None:
        raise NotFound("The release of this installation is not here any more.")
    template = WorkflowTemplate.objects.filter(pk=release.template_id).first()
    return found(release, template or _hidden(release))


def _hidden(release: Release) -> WorkflowTemplate:
    """A template that went out of sight, as far as its release tells of it."""
    return WorkflowTemplate(
        pk=release.template_id,
        tenant_id=release.tenant_id,
        publisher=release.publisher,
        slug=release.slug,
        title=release.title,
        visibility="internal-only",
        standing="listed",
    )


def _fixed(changes: Mapping[str, Any]) -> dict[str, Any]:
    fixed = dict(changes)
    if fixed.get("hosts") is not None:
        fixed["hosts"] = tuple(fixed["hosts"])
    return fixed
