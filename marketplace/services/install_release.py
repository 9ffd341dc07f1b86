from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict
from maestro.kernel.identity import new_id
from maestro.kernel.tenant import tenant_scope
from maestro.runtime.services.start_execution import IdempotencyKeyReused, digest_of_request
from marketplace.models import ChangeKind, WorkflowInstance
from marketplace.policies import INSTALL, INSTALLATION_READ, installation_resource
from marketplace.services.check_installation import (
    Checked,
    check_installation,
    require_fine,
    require_same,
    tenant_of,
)
from marketplace.services.find_release import FoundRelease, find_release
from marketplace.services.prepare_installation import ask_to_see, see_release
from marketplace.services.record_change import record_change
from marketplace.services.write_grant import write_grant
from marketplace.wanted import Wanted


class NameTaken(Conflict):
    """Somebody else has just installed something under this name."""

    code = "name_taken"


@dataclass(frozen=True, slots=True)
class Installed:
    """The installation, and whether this call made it or an earlier one with the same key did."""

    instance: WorkflowInstance
    created: bool


def install_release(
    *,
    actor: Actor,
    release: str,
    name: str,
    channel: str = "pin",
    parameters: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    endpoints: Mapping[str, str] | None = None,
    hosts: Sequence[str] | None = None,
    environment: str,
    region: str = "",
    quotas: Mapping[str, int] | None = None,
    policies: Mapping[str, Any] | None = None,
    expected_digest: str = "",
) -> WorkflowInstance:
    """Install a release in the actor's tenant; see `install` for an answer that can be repeated.

    `release` is `publisher/slug`, the latest, or with `@number`. The rest is as `Wanted` has it.
    `expected_digest` is that of the release which was looked at.

    Raises `NotFound`, `Denied`, `InstallationInvalid` with every problem, `ReleaseChanged`,
    `ReleaseWithdrawn`, `SignatureNotVerified`, `NameTaken`. Nothing is written then.
    """
    wanted = Wanted(
        name=name,
        channel=channel,
        parameters=parameters or {},
        secrets=secrets or {},
        endpoints=endpoints or {},
        hosts=None if hosts is None else tuple(hosts),
        environment=environment,
        region=region,
        quotas=quotas or {},
        policies=policies or {},
    )
    return install(
        actor=actor, release=release, wanted=wanted, expected_digest=expected_digest
    ).instance


def install(
    *,
    actor: Actor,
    release: str,
    wanted: Wanted,
    expected_digest: str = "",
    idempotency_key: str | None = None,
) -> Installed:
    """As `install_release`. The same `idempotency_key` (at most 255 characters) with the same request
    gives the same installation; with another one it raises `IdempotencyKeyReused`.
    """
    tenant_id = tenant_of(actor)
    request_digest = _request(release, wanted, expected_digest) if idempotency_key else ""
    with tenant_scope(tenant_id):
        if earlier := _under(actor, idempotency_key, request_digest):
            return Installed(earlier, created=False)
        ask_to_see(actor=actor)
        found = find_release(tenant_id=tenant_id, address=release)
        see_release(actor=actor, found=found)
        require_same(found, expected_digest)
        checked = check_installation(actor=actor, found=found, wanted=wanted)
        # The name may be taken by this very request, which was sent twice at the same moment.
        if checked.problems and (earlier := _under(actor, idempotency_key, request_digest)):
            return Installed(earlier, created=False)
        decision = require_fine(checked, actor=actor, action=INSTALL, found=found)
        instance = _instance(actor, found, checked)
        instance.idempotency_key = idempotency_key
        instance.request_digest = request_digest
        instance.pk = new_id()
        try:
            with transaction.atomic():  # somebody else may take the name, or the key, first
                write_grant(instance=instance, release=found.release, actor=actor)
                instance.save(force_insert=True)
        except IntegrityError:
            if earlier := _under(actor, idempotency_key, request_digest):
                return Installed(earlier, created=False)
            raise NameTaken(
                f"Somebody has just installed something called {wanted.name}.",
                hint="Look at it under Installations, or choose another name.",
            ) from None
        record_change(
            actor=actor,
            instance=instance,
            kind=ChangeKind.INSTALL,
            receipt=INSTALL,
            decision=decision,
        )
    return Installed(instance, created=True)


def _instance(actor: Actor, found: FoundRelease, checked: Checked) -> WorkflowInstance:
    release, wanted = found.release, checked.wanted
    return WorkflowInstance(
        tenant_id=tenant_of(actor),
        name=wanted.name,
        title=release.title,
        template_id=release.template_id,
        release_id=release.pk,
        publisher=release.publisher,
        slug=release.slug,
        number=release.number,
        order=release.order,
        digest=release.digest,
        risk=release.risk,
        channel=wanted.channel,
        parameters=dict(wanted.parameters),
        secrets=dict(checked.secrets),
        endpoints=dict(checked.endpoints),
        hosts=list(checked.hosts),
        environment=wanted.environment,
        region=wanted.region,
        quotas=dict(wanted.quotas),
        policies=dict(wanted.policies),
        installed_by=actor.id,
        installed_by_name=actor.name or actor.email,
    )


def _request(release: str, wanted: Wanted, expected_digest: str) -> str:
    return digest_of_request(
        {
            "release": release,
            "expected_digest": expected_digest,
            "name": wanted.name,
            "channel": wanted.channel,
            "parameters": dict(wanted.parameters),
            "secrets": dict(wanted.secrets),
            "endpoints": dict(wanted.endpoints),
            "hosts": None if wanted.hosts is None else list(wanted.hosts),
            "environment": wanted.environment,
            "region": wanted.region,
            "quotas": dict(wanted.quotas),
            "policies": dict(wanted.policies),
        }
    )


def _under(actor: Actor, key: str | None, request_digest: str) -> WorkflowInstance | None:
    """What an earlier request with this key installed, if there is a key and was one."""
    if not key:
        return None
    rows = WorkflowInstance.objects.for_tenant(tenant_of(actor))
    earlier = rows.filter(idempotency_key=key).first()
    if earlier is None:
        return None
    authorize(actor=actor, action=INSTALLATION_READ, resource=installation_resource(earlier))
    if earlier.request_digest != request_digest:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was used for another request.",
            hint="Use a new key for a new request, and the same request for the same key.",
            installation=earlier.name,
        )
    return earlier
