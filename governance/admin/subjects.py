"""Whom a record names, what it is about, and what is recorded of a thing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString

from governance.models import Decision, Receipt
from maestro.kernel.console import PLATFORM, Panel, link, when
from maestro.kernel.console.shown import joined


def subject_link(site: Any, subject_type: str, subject_id: str) -> SafeString:
    """The thing, where it has a page here; its name, otherwise."""
    label = site.subject_label(subject_type)
    if label and subject_id:
        return link(label, subject_id, f"{subject_type} …{subject_id[-8:]}")
    return joined(subject_type, subject_id, between=" ")


def person_link(row: Decision | Receipt) -> SafeString:
    """Who acted; by name alone where it was no person."""
    if row.actor_kind == "system" or row.actor_id is None:
        return joined(row.actor_name or row.actor_kind)
    return link("tenancy.User", row.actor_id, row.actor_name)


def receipts_panel(
    title: str, tenant_id: UUID, subject_type: str, subject_id: UUID, *, more: str = ""
) -> Panel:
    """The receipts of a thing, the newest first."""
    receipts = (
        Receipt.objects.using(PLATFORM)
        .for_tenant(tenant_id)
        .of(subject_type, str(subject_id))
        .newest_first()
        .defer("statement", "signatures")
    )
    return Panel.of(
        title,
        ("What", "Who", "For", "When"),
        receipts,
        lambda one: (
            link("governance.Receipt", one.pk, one.kind),
            one.actor_name,
            one.purpose,
            when(one.created_at),
        ),
        more=more,
    )
