from __future__ import annotations

from uuid import UUID

from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.runtime.models import Grant
from marketplace.models import Release, WorkflowInstance


def write_grant(*, instance: WorkflowInstance, release: Release, actor: Actor) -> Grant:
    """Let `instance` run `release` within what it now says, and end the grant before.

    In the transaction that changes the instance, which holds its row: two grants are never in force.
    Executions that run keep theirs. A stopped instance stays stopped. Sets `instance.grant_id`; the
    caller saves it. `release` needs its `version`.
    """
    end_grant(instance.tenant_id, instance.pk)
    grant = grant_of(instance=instance, release=release, actor=actor)
    grant.save(force_insert=True)
    instance.grant_id = grant.pk
    return grant


def grant_of(*, instance: WorkflowInstance, release: Release, actor: Actor) -> Grant:
    """The grant that says what `instance` says now. It is not written."""
    stopped = instance.status == "stopped"
    return Grant(
        tenant_id=instance.tenant_id,
        installation_id=instance.pk,
        name=instance.name,
        release_id=release.pk,
        version_id=release.version_id,
        definition_id=release.version.definition_id,
        publisher=release.publisher,
        slug=release.slug,
        number=release.number,
        digest=release.digest,
        statement=release.statement,
        signatures=release.signatures,
        parameters=instance.parameters,
        secrets=instance.secrets,
        endpoints=instance.endpoints,
        hosts=instance.hosts,
        environment=instance.environment,
        region=instance.region,
        quotas=instance.quotas,
        policies=instance.policies,
        granted_by=actor.id,
        stopped_at=now() if stopped else None,
        stop_reason=instance.status_reason if stopped else "",
    )


def end_grant(tenant_id: UUID, installation_id: UUID, **fields: object) -> int:
    """End the grant of an installation that is in force, with `fields` set; how many there were."""
    rows = Grant.objects.for_tenant(tenant_id).in_force().of_installation(installation_id)
    return rows.update(superseded_at=now(), **fields)
