from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from uuid import UUID
from zoneinfo import available_timezones

from governance.actions import POLICY_DATA_WRITE, policy_data_resource
from governance.models import PolicyData
from governance.policy.rules import TenantData, WorkingHours
from governance.scope import in_tenant
from governance.services.authorize import authorize
from governance.services.issue_receipt import issue_receipt
from governance.services.policies_in_force import lock_changes
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import digest
from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, Problem

MOST = 200  # of hosts, environments, regions or limits: all of it goes into every question
LARGEST = 2**31 - 1
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::([0-9]{{1,5}}))?")
_WORD = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_TIME = re.compile(r"[0-2][0-9]:[0-5][0-9]")


def set_policy_data(
    *, actor: Actor, tenant_id: UUID, data: TenantData, revision: int | None = None
) -> PolicyData:
    """Say what a tenant's work may reach, and when, in place of what was said before.

    The revision goes up by one; that of `data` does not count. With `revision` it is the one that was
    read: another one meanwhile is a `Conflict`. Every process goes by it within 2 s.
    Raises `InvalidInput`, `Conflict`, `Denied`.
    """
    problems = list(_problems(data))
    if problems:
        raise InvalidInput("The policy data can't be like this.", problems=problems)
    with in_tenant(tenant_id):
        decision = authorize(
            actor=actor, action=POLICY_DATA_WRITE, resource=policy_data_resource(tenant_id)
        )
        changes = lock_changes()  # before the row: it may not be there yet to be locked
        row = PolicyData.objects.for_tenant(tenant_id).first()
        row = row or PolicyData(tenant_id=tenant_id, revision=0)
        if revision is not None and revision != row.revision:
            raise Conflict(
                f"It was changed meanwhile: revision {row.revision} is in force.",
                hint="Read it again, then change it.",
            )
        before = row.content if row.revision else None
        row.revision += 1
        row.content = data.as_dict()
        row.updated_at, row.updated_by_name = now(), actor.name or actor.email
        row.save()
        changes.rules += 1
        changes.save(update_fields=["rules"])
        issue_receipt(
            kind=POLICY_DATA_WRITE,
            actor=actor,
            tenant_id=tenant_id,
            subject_type="policy_data",
            subject_id=str(row.revision),
            subject_digest=digest(row.content),
            predicate={"revision": row.revision, "before": before, "after": row.content},
            decision=decision,
        )
    return row


def _problems(data: TenantData) -> Iterator[Problem]:
    for place, values in (
        ("allowed_hosts", data.allowed_hosts),
        ("environments", data.environments),
        ("regions", data.regions),
        ("quota_limits", data.quota_limits),
    ):
        if values is not None and len(values) > MOST:
            yield Problem(f"/{place}", f"Name at most {MOST}.", "too_many")
            return
    for index, host in enumerate(data.allowed_hosts or ()):
        if not is_host(host):
            yield Problem(
                f"/allowed_hosts/{index}",
                f"{host[:80]} is no host. Write host or host:port, in lower case, without patterns.",
                "invalid_host",
            )
    for place, words in (("environments", data.environments), ("regions", data.regions)):
        for index, word in enumerate(words or ()):
            if not _WORD.fullmatch(word):
                yield Problem(
                    f"/{place}/{index}",
                    "A name is lower-case letters, digits, dots, hyphens and underscores.",
                    "invalid_name",
                )
    for name, limit in (data.quota_limits or {}).items():
        if not _WORD.fullmatch(name) or not 0 <= limit <= LARGEST:
            yield Problem(
                f"/quota_limits/{name[:64]}",
                "A limit has a lower-case name and is a number from 0.",
                "invalid_limit",
            )
    if data.hours is not None:
        yield from _hours_problems(data.hours)


def is_host(text: str) -> bool:
    """Whether it is one exact host in its one form, with or without a port."""
    match = _HOST.fullmatch(text)
    return match is not None and len(text) <= 259 and 0 < int(match[2] or 1) < 65536


def _hours_problems(hours: WorkingHours) -> Iterator[Problem]:
    if hours.timezone not in available_timezones():
        yield Problem("/hours/timezone", "There is no such time zone.", "unknown_timezone")
    if not hours.days or not set(hours.days) <= set(range(1, 8)):
        yield Problem(
            "/hours/days", "Give at least one day: 1 is Monday, 7 is Sunday.", "invalid_days"
        )
    for place, text in (("begins", hours.begins), ("ends", hours.ends)):
        if not _is_time(text) and not (place == "ends" and text == "24:00"):
            yield Problem(f"/hours/{place}", "A time is hours and minutes: 08:30.", "invalid_time")
    if hours.begins >= hours.ends:
        yield Problem("/hours/ends", "They end after they begin.", "invalid_time")


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return True
