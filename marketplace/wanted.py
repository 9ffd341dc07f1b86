"""What an installation is to be, and what is wrong with how it was asked for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.contract import TaskError
from connectors.outbound.hosts import parse_url, split_host
from maestro.kernel.errors import Problem
from marketplace.clear_secrets import suspects

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
QUOTAS: Mapping[str, int] = {"concurrent": 1_000, "per_day": 100_000}
"""The quotas there are, and the most of each."""
MOST_APPROVALS, MOST_NAMES, MOST_HOSTS = 10, 50, 200
POLICIES = ("purposes", "teams", "approvals", "approval_teams", "asked")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An installation as it is asked for.

    `hosts` None grants those of the endpoints. `policies` are `{purposes, teams, approvals,
    approval_teams, asked}`: for what and by which teams it may be run, how many must approve a run
    and of which teams, and the parameters that each run gives. `quotas` are `{concurrent, per_day}`.
    """

    name: str = ""
    channel: str = "pin"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    hosts: tuple[str, ...] | None = None
    environment: str = ""
    region: str = ""
    quotas: Mapping[str, int] = field(default_factory=dict)
    policies: Mapping[str, Any] = field(default_factory=dict)

    @property
    def asked(self) -> frozenset[str]:
        """The parameters that each run gives."""
        named = self.policies.get("asked", ())
        return frozenset(named if isinstance(named, list | tuple) else ())


def normal_hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    """The hosts as the guard writes them, each once; what is none stays as it is."""
    return tuple(sorted({_normal(host) for host in hosts}))


def _normal(host: str) -> str:
    try:
        name, port = split_host(host.strip().lower())
    except TaskError:
        return host
    return name if port is None else f"{name}:{port}"


def problems_of(
    wanted: Wanted, *, environments: Iterable[str], channels: Iterable[str]
) -> list[Problem]:
    """All that is wrong besides what the release's document asks for."""
    return [
        *_of_name(wanted.name),
        *_of_choice("/channel", wanted.channel, channels, "Choose how it follows new releases."),
        *_of_choice("/environment", wanted.environment, environments, "Choose an environment."),
        *_of_region(wanted.region),
        *_of_hosts(wanted.hosts or ()),
        *_of_endpoints(wanted.endpoints),
        *_of_quotas(wanted.quotas),
        *_of_policies(wanted.policies),
        *clear_secrets(wanted.parameters),
    ]


def _of_name(name: str) -> Iterator[Problem]:
    if not NAME.fullmatch(name):
        message = "Give it a name of lower-case letters, digits and hyphens, 63 at most."
        yield Problem("/name", message, "invalid_name", "It stands in its address.")


def _of_choice(path: str, value: str, known: Iterable[str], message: str) -> Iterator[Problem]:
    choices = list(known)
    if value not in choices:
        yield Problem(path, message, "unknown_choice", f"One of {', '.join(choices)}.")


def _of_region(region: str) -> Iterator[Problem]:
    if region and not REGION.fullmatch(region):
        message = "Write a region with lower-case letters, digits and hyphens, 40 at most."
        yield Problem("/region", message, "invalid_region", "For example eu-west.")


def _of_hosts(hosts: Iterable[str]) -> Iterator[Problem]:
    listed = list(hosts)
    if len(listed) > MOST_HOSTS:
        yield Problem("/hosts", f"Grant at most {MOST_HOSTS} hosts.", "too_many")
    for index, host in enumerate(listed):
        try:
            split_host(host.strip().lower())
        except TaskError as refused:
            message = f"{host[:100]} is no host."
            yield Problem(f"/hosts/{index}", message, "invalid_host", refused.message)


def _of_endpoints(endpoints: Mapping[str, str]) -> Iterator[Problem]:
    for name, address in endpoints.items():
        try:
            parse_url(address)
        except TaskError as refused:
            message = f"The address of {name} can’t be used."
            yield Problem(f"/endpoints/{name}", message, "invalid_endpoint", refused.message)


def _of_quotas(quotas: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in quotas.items():
        most = QUOTAS.get(name)
        if most is None:
            known = ", ".join(QUOTAS)
            yield Problem(
                f"/quotas/{name[:64]}", f"There is no quota {name[:64]}.", "unknown_quota", known
            )
        elif type(value) is not int or not 0 < value <= most:
            message = f"Give a whole number from 1 to {most:,}."
            yield Problem(f"/quotas/{name}", message, "invalid_quota", "Leave it out for no limit.")


def _of_policies(policies: Mapping[str, Any]) -> Iterator[Problem]:
    for name, value in policies.items():
        path = f"/policies/{name[:64]}"
        if name not in POLICIES:
            known = ", ".join(POLICIES)
            yield Problem(path, f"There is no policy {name[:64]}.", "unknown_policy", known)
        elif name == "approvals":
            if type(value) is not int or not 0 <= value <= MOST_APPROVALS:
                message = f"Give a whole number from 0 to {MOST_APPROVALS}."
                yield Problem(path, message, "invalid_policy")
        elif not _are_names(value):
            message = f"Give at most {MOST_NAMES} names of up to 80 characters."
            yield Problem(path, message, "invalid_policy")


def _are_names(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) <= MOST_NAMES
        and all(isinstance(one, str) and 0 < len(one.strip()) <= 80 for one in value)
    )


def clear_secrets(value: Any, path: str = "/parameters", name: str = "") -> Iterator[Problem]:
    """The parameters that hold what is surely a secret: by its form, or by the parameter's name."""
    for one in suspects(value, path, name):
        if one.certain:
            yield Problem(
                one.path,
                "This looks like a secret in clear. Parameters are read by everybody who runs this.",
                "secret_in_clear",
                "Store it as a secret, and pick it by its name.",
            )
