"""What policy is told besides who asks for what: purposes, and a tenant's own data. Pure.

Both change without a new set of policies. `RuleBook` is where a process finds them: `Shipped`
knows those that came with the code, `Followed` what the database says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_noop

MOST_KNOWN = 10_000  # tenants whose rules a process keeps


@dataclass(frozen=True, slots=True)
class Purpose:
    """A purpose: its name as it is sent, what it means, what may be done for it, and whether it
    reaches production.

    `allowed_actions` are names of actions or families of them (`execution.*`); none: every action.
    `own` tells a tenant's from the platform's.
    """

    name: str
    title: str
    description: str
    in_production: bool = True
    allowed_actions: tuple[str, ...] = ()
    own: bool = False

    def allows(self, action: str) -> bool:
        """Whether the action may be done for it."""
        family = f"{action.partition('.')[0]}.*"
        allowed = self.allowed_actions
        return not allowed or action in allowed or family in allowed


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Days of the week, 1 for Monday to 7, and times of day (`HH:MM`, the second not included) in
    an IANA time zone."""

    timezone: str
    days: tuple[int, ...]
    begins: str
    ends: str

    def cover(self, moment: datetime) -> bool:
        """Whether an aware moment is within them."""
        there = moment.astimezone(ZoneInfo(self.timezone))
        return there.isoweekday() in self.days and self.begins <= f"{there:%H:%M}" < self.ends


@dataclass(frozen=True, slots=True)
class TenantData:
    """What a tenant lets its work reach, and when; None: everything. `revision` counts its changes,
    0 is that it was never set."""

    revision: int = 0
    allowed_hosts: tuple[str, ...] | None = None
    environments: tuple[str, ...] | None = None
    regions: tuple[str, ...] | None = None
    hours: WorkingHours | None = None
    quota_limits: Mapping[str, int] | None = None

    def facts(self, *, in_hours: bool = True) -> dict[str, Any]:
        """What policy is told of it, as JSON."""
        return {
            "allowed_hosts": _listed(self.allowed_hosts),
            "environments": _listed(self.environments),
            "regions": _listed(self.regions),
            "in_hours": in_hours,
            "quota_limits": None if self.quota_limits is None else dict(self.quota_limits),
            "data_revision": self.revision,
        }

    def as_dict(self) -> dict[str, Any]:
        """As it is kept and sent, without its revision."""
        hours = self.hours
        return {
            "allowed_hosts": _listed(self.allowed_hosts),
            "environments": _listed(self.environments),
            "regions": _listed(self.regions),
            "hours": hours
            and {
                "timezone": hours.timezone,
                "days": list(hours.days),
                "begins": hours.begins,
                "ends": hours.ends,
            },
            "quota_limits": None if self.quota_limits is None else dict(self.quota_limits),
        }


def tenant_data(kept: Mapping[str, Any], revision: int) -> TenantData:
    """What `TenantData.as_dict` gave."""
    hours = kept.get("hours")
    return TenantData(
        revision=revision,
        allowed_hosts=_fixed(kept.get("allowed_hosts")),
        environments=_fixed(kept.get("environments")),
        regions=_fixed(kept.get("regions")),
        hours=WorkingHours(**{**hours, "days": tuple(hours["days"])}) if hours else None,
        quota_limits=kept.get("quota_limits"),
    )


def _listed(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _fixed(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)


_SHIPPED = (
    Purpose(
        "hr.offboarding", gettext_noop("Off-boarding"), "Close the access of somebody who leaves."
    ),
    Purpose(
        "hr.onboarding", gettext_noop("On-boarding"), "Give somebody new what they need to work."
    ),
    Purpose(
        "security.incident",
        gettext_noop("Security incident"),
        "Find out about an incident, or end it.",
    ),
    Purpose(
        "security.rotation", gettext_noop("Rotation"), "Replace credentials and keys by new ones."
    ),
    Purpose("finops.review", gettext_noop("Cost review"), "Find out what is spent, and why."),
    Purpose(
        "audit.evidence", gettext_noop("Audit evidence"), "Collect or check evidence for an audit."
    ),
    Purpose(
        "platform.operations",
        gettext_noop("Operations"),
        "Keep the platform and its tenants running.",
    ),
    Purpose(
        "workflow.authoring",
        gettext_noop("Authoring"),
        "Write, freeze and try out workflows.",
        in_production=False,
    ),
    Purpose(
        "practice",
        gettext_noop("Practice"),
        "Learn in the practice world.",
        in_production=False,
    ),
)
SHIPPED: Mapping[str, Purpose] = {purpose.name: purpose for purpose in _SHIPPED}
"""The purposes that came with the code: what the platform's registry begins with."""


@dataclass(frozen=True, slots=True)
class TenantRules:
    """The purposes that count in a tenant, by name, the platform's first; and its own data."""

    purposes: Mapping[str, Purpose] = field(default_factory=lambda: SHIPPED)
    data: TenantData = TenantData()


class RuleBook(Protocol):
    """Where the rules of a tenant are found. Safe to ask from any thread."""

    def of(self, tenant_id: UUID, /) -> TenantRules:
        """The rules that count there now. Raises `DatabaseError`."""
        ...


class Shipped:
    """What came with the code, for everybody."""

    def of(self, _tenant_id: UUID, /) -> TenantRules:
        """The same for every tenant."""
        return TenantRules()


class Followed:
    """What `read` says, asked once a tenant until it is to be forgotten."""

    def __init__(self, read: Callable[[UUID], TenantRules]) -> None:
        self._read = read
        self._known: dict[UUID, TenantRules] = {}

    def of(self, tenant_id: UUID, /) -> TenantRules:
        """See `RuleBook.of`."""
        # The dictionary that was there before reading: what was read before a change and is put in
        # after it was forgotten goes with the forgotten ones.
        known = self._known
        found = known.get(tenant_id)
        if found is None:
            found = self._read(tenant_id)
            if len(known) < MOST_KNOWN:
                known[tenant_id] = found
        return found

    def forget(self) -> None:
        """Read everything anew when it is asked for."""
        self._known = {}
