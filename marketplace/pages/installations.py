"""What the tenant installed: the list, and the page of one. Pure but for addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.models import ChangeKind, Channel, InstanceChange, WorkflowInstance


def listed(rows: Iterable[WorkflowInstance], warned: Mapping[UUID, str]) -> list[dict[str, Any]]:
    """The rows of the list; `warned` says which run a release that is deprecated or withdrawn."""
    return [
        {
            "url": reverse("marketplace:installation", args=[one.name]),
            "name": one.name,
            "title": one.title,
            "address": one.address,
            "number": one.number,
            "environment": one.environment,
            "region": one.region,
            "risk": one.risk,
            "is_stopped": one.status == "stopped",
            "warning": warned.get(one.pk, ""),
            "updated_at": one.updated_at,
        }
        for one in rows
    ]


def next_page(asked: QueryDict, after: str) -> str:
    """The same filters from another place; empty where there is nothing more."""
    if not after:
        return ""
    changed = asked.copy()
    changed["after"] = after
    return f"?{changed.urlencode()}"


def installation_page(
    instance: WorkflowInstance,
    *,
    changes: Sequence[InstanceChange],
    executions: Sequence[Mapping[str, Any]],
    may: Mapping[str, str],
    warning: Mapping[str, str] | None,
) -> dict[str, Any]:
    """The context of one. `may` says for each action why not; empty where it is allowed."""
    quotas, policies = instance.quotas, instance.policies
    address = [instance.publisher, instance.slug]
    return {
        "instance": {
            "name": instance.name,
            "title": instance.title,
            "address": instance.address,
            "number": instance.number,
            "digest": instance.digest,
            "risk": instance.risk,
            "is_stopped": instance.status == "stopped",
            "reason": instance.status_reason,
            "revision": instance.revision,
            "release_url": reverse("marketplace:older", args=[*address, instance.number]),
            "installed_by": instance.installed_by_name,
            "installed_at": instance.created_at,
        },
        "limits": [
            (_("Environment"), instance.environment),
            (_("Region"), instance.region or _("any")),
            (_("New versions"), _(str(Channel(instance.channel).label))),
            (_("Runs at once"), quotas.get("concurrent", _("no limit"))),
            (_("Runs in 24 hours"), quotas.get("per_day", _("no limit"))),
            (_("Purposes"), ", ".join(policies.get("purposes", ())) or _("every one")),
            (_("Teams"), ", ".join(policies.get("teams", ())) or _("any")),
            (_("Approvals besides"), policies.get("approvals") or _("none")),
            (_("Asked at each run"), ", ".join(policies.get("asked", ())) or _("nothing")),
        ],
        "hosts": instance.hosts,
        "endpoints": sorted(instance.endpoints.items()),
        "secrets": sorted(instance.secrets.items()),
        "parameters": sorted(instance.parameters.items()),
        "executions": executions,
        "changes": [_change(one) for one in changes],
        "may": may,
        "warning": warning,
        "executions_url": f"{reverse('runtime:list')}?installation={instance.name}",
    }


def _change(change: InstanceChange) -> dict[str, Any]:
    return {
        "what": _(str(ChangeKind(change.kind).label)),
        "from_number": change.from_number if change.from_number != change.to_number else "",
        "to_number": change.to_number,
        "by": change.by_name or "Maestro",
        "at": change.created_at,
        "reason": change.reason,
        "receipt_url": reverse("tenancy:receipt", args=[change.receipt_id])
        if change.receipt_id
        else "",
    }
