from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from catalog.policies import hosts_asked
from governance.policy.answer import PolicyAnswer
from governance.purposes import purposes
from governance.resource import Resource
from governance.services.authorize import authorize, preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import Conflict, Denied, InvalidInput, MaestroError, Problem
from maestro.runtime.models import Environment
from maestro.runtime.pages.copying import without_secrets
from maestro.runtime.services.find_grant import ReleaseWithdrawn, SignatureNotVerified
from maestro.runtime.services.run_inputs import resolve_inputs
from maestro.runtime.services.start_execution import digest_of_request
from marketplace.clear_secrets import escaped
from marketplace.models import Channel, WorkflowInstance
from marketplace.policies import (
    ABOUT_THE_PERSON,
    INSTALL,
    taking_context,
    taking_resource,
)
from marketplace.services.find_release import FoundRelease
from marketplace.wanted import Wanted, normal_hosts, problems_of


class InstallationInvalid(InvalidInput):
    """What an installation was given does not do; `problems` has all of it, nothing was written."""

    code = "installation_invalid"
    title = "Some of what the installation was given is missing or not valid"


class ReleaseChanged(Conflict):
    """It is another release than the one that was looked at."""

    code = "release_changed"


@dataclass(frozen=True, slots=True)
class Checked:
    """What an installation would be, all that is wrong with it, and what policy says to it.

    `reached` are the hosts of its endpoints, `hosts` those that it is granted. The policy's
    `resource` and `context` are what is asked again when it is written.
    """

    wanted: Wanted
    problems: tuple[Problem, ...]
    answer: PolicyAnswer
    resource: Resource
    context: Mapping[str, Any]
    reached: tuple[str, ...]
    hosts: tuple[str, ...]
    secrets: Mapping[str, str]
    endpoints: Mapping[str, str]

    @property
    def is_fine(self) -> bool:
        """Whether it would be written."""
        return self.answer.allow and not self.problems


def check_installation(
    *,
    actor: Actor,
    found: FoundRelease,
    wanted: Wanted,
    action: str = INSTALL,
    instance: WorkflowInstance | None = None,
) -> Checked:
    """Hold what is wanted against the release, the tenant and policy. Nothing is written or recorded.

    `instance` is the one that is to change, if there is one already. Problems' paths begin with
    `/name`, `/channel`, `/parameters`, `/secrets`, `/endpoints`, `/hosts`, `/environment`,
    `/region`, `/quotas` or `/policies`. Open in the actor's tenant.
    """
    tenant_id = tenant_of(actor)
    document = found.document
    endpoints = {
        name: wanted.endpoints.get(name) or endpoint.default
        for name, endpoint in document.endpoints.items()
    }
    secrets = {name: wanted.secrets.get(name) or name for name in document.secrets}
    reached = tuple(hosts_asked(document, endpoints))
    hosts = normal_hosts(reached if wanted.hosts is None else wanted.hosts)
    resource = taking_resource(
        tenant_id,
        found.facts(tenant_id),
        instance=instance,
        hosts=reached,
        granted_hosts=hosts,
        quotas=wanted.quotas,
    )
    context = taking_context(wanted.environment, wanted.region)
    problems = [
        *problems_of(wanted, environments=Environment.values, channels=Channel.values),
        *_secret_parameters(found, wanted),
        *_chosen(found, wanted),
        *_inputs(tenant_id, found, wanted),
        *_names(wanted, found),
        *_taken(tenant_id, wanted.name, instance),
        *(
            Problem(
                "/hosts",
                f"An endpoint leads to {host}, which is not granted.",
                "host_not_granted",
                "Grant it, or give another address.",
            )
            for host in reached
            if host not in hosts
        ),
    ]
    return Checked(
        wanted=wanted,
        problems=tuple(dict.fromkeys(problems)),
        answer=preview(actor=actor, action=action, resource=resource, context=context),
        resource=resource,
        context=context,
        reached=reached,
        hosts=hosts,
        secrets=secrets,
        endpoints=endpoints,
    )


def tenant_of(actor: Actor) -> UUID:
    """The tenant that somebody acts in. Raises `Denied`."""
    if actor.tenant_id is None:
        raise Denied("Choose a tenant to install this in.")
    return actor.tenant_id


def require_fine(checked: Checked, *, actor: Actor, action: str, found: FoundRelease) -> Any:
    """The decision, once nothing is wrong.

    Raises `Denied` first for who may not at all, `InstallationInvalid` with every problem (and what
    policy would say in `reasons`), then `ReleaseWithdrawn`, `SignatureNotVerified` or `Denied`.
    """
    refused = {reason.code for reason in checked.answer.deny}
    if checked.problems and not refused & ABOUT_THE_PERSON:
        more = f" (and {len(checked.problems) - 1} more)" if len(checked.problems) > 1 else ""
        raise InstallationInvalid(
            checked.problems[0].message + more,
            problems=checked.problems,
            reasons=[reason.as_dict() for reason in checked.answer.deny],
        )
    try:
        return authorize(
            actor=actor, action=action, resource=checked.resource, context=checked.context
        )
    except Denied as refusal:
        raise _as_state(refusal, found) from None


def require_same(found: FoundRelease, expected_digest: str) -> None:
    """Raises `ReleaseChanged` when the release is not the one that somebody looked at."""
    if expected_digest and expected_digest != found.release.digest:
        raise ReleaseChanged(
            f"Since you looked, {found.release.address} went on to {found.release.number}.",
            hint="Look at what it changes, then install it; or name the version that you want.",
            number=found.release.number,
            digest=found.release.digest,
        )


def _as_state(refusal: Denied, found: FoundRelease) -> MaestroError:
    codes = {reason.code for reason in refusal.reasons}
    if "release_withdrawn" in codes:
        release = found.release
        instead = f"Take {release.replacement} instead." if release.replacement else ""
        return ReleaseWithdrawn(
            f"{found.address} was withdrawn: {release.status_reason}".removesuffix(": "),
            hint=instead or "Choose another version, or another workflow.",
            **refusal.details,
        )
    if "signature_not_verified" in codes:
        return SignatureNotVerified(
            f"The signature of {found.address} does not verify: {found.verification.why_not}",
            hint="Do not install it. Ask its publisher.",
            **refusal.details,
        )
    return refusal


def _secret_parameters(found: FoundRelease, wanted: Wanted) -> Iterator[Problem]:
    """What the release itself calls secret is not kept where everybody reads it."""
    kept = without_secrets(found.document.parameters, wanted.parameters)
    for name, value in wanted.parameters.items():
        if name not in kept or kept[name] != value:
            message = f"{name} is secret, and the parameters of an installation are not."
            hint = "Leave it out, and let each run give it."
            yield Problem(f"/parameters/{escaped(name)}", message, "secret_in_clear", hint)


def _chosen(found: FoundRelease, wanted: Wanted) -> Iterator[Problem]:
    """A secret is granted by choosing it: its name is the publisher's, who could mean any of ours."""
    for name in found.document.secrets:
        if not wanted.secrets.get(name):
            message = f"Pick a stored secret for {name}."
            hint = "A tenant admin stores secrets; then choose one by name."
            yield Problem(f"/secrets/{name}", message, "secret_missing", hint)


def _inputs(tenant_id: UUID, found: FoundRelease, wanted: Wanted) -> list[Problem]:
    """What the document says; a parameter that each run gives may be missing."""
    try:
        digest_of_request(wanted.parameters)
        resolve_inputs(
            tenant_id=tenant_id,
            document=found.document,
            parameters=wanted.parameters,
            secrets=wanted.secrets,
            endpoints=wanted.endpoints,
        )
    except InvalidInput as invalid:
        later = {f"/parameters/{name}" for name in wanted.asked - wanted.parameters.keys()}
        return [
            replace(one, path=one.path or "/parameters")
            for one in invalid.problems
            if one.path not in later
        ]
    return []


def _names(wanted: Wanted, found: FoundRelease) -> list[Problem]:
    """Purposes and parameters that are not there."""
    known = {purpose.name for purpose in purposes()}
    asked = wanted.policies.get("purposes") or ()
    problems = [
        Problem(
            "/policies/purposes",
            f"There is no purpose {name[:64]}.",
            "unknown_purpose",
            "Choose one of the registry.",
        )
        for name in (asked if isinstance(asked, list | tuple) else ())
        if isinstance(name, str) and name not in known
    ]
    properties = found.document.parameters.get("properties", {})
    problems += [
        Problem("/policies/asked", f"There is no parameter {name[:64]}.", "unknown_parameter")
        for name in wanted.asked
        if name not in properties
    ]
    return problems


def _taken(tenant_id: UUID, name: str, instance: WorkflowInstance | None) -> list[Problem]:
    if instance is not None and instance.name == name:
        return []
    if not WorkflowInstance.objects.for_tenant(tenant_id).in_use().named(name).exists():
        return []
    message = f"There is an installation called {name} already."
    return [Problem("/name", message, "name_taken", "Choose another name.")]
