"""Contexts of the pages of groups of partners."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalog.models import WorkflowTemplate
from governance.models import Receipt
from maestro.gallery.sample_facts import EXECUTION, ago
from maestro.kernel.errors import Problem
from marketplace.pages.partner_groups import group_page, groups_page, new_group_page, taking_page
from marketplace.services.show_partner_groups import NamedBy, ShownGroup

_WHY_NOT = "This needs the role author here."
_RESELLERS = ("globex", "initech", "northwind", "umbra-consulting")


def _template(title: str, slug: str, **more: str) -> WorkflowTemplate:
    facts = {"visibility": "partner-curated", "standing": "listed"} | more
    return WorkflowTemplate(title=title, publisher="acme", slug=slug, **facts)


_OFFBOARD = _template("Offboard an employee", "offboard-employee")
_LICENCES = _template("Sync licences", "sync-licences", visibility="public-ecosystem")
_EVIDENCE = _template("Collect audit evidence", "collect-evidence", standing="unlisted")
_ROTATE = _template("Rotate database credentials", "rotate-credentials")


def _group(**more: Any) -> ShownGroup:
    changed = Receipt(id=EXECUTION, actor_name="Noor Haddad", created_at=ago(minutes=4))
    facts: dict[str, Any] = {
        "id": EXECUTION,
        "name": "resellers",
        "members": _RESELLERS,
        "named_by": (
            NamedBy(_OFFBOARD, ("initech", "northwind", "umbra-consulting")),
            NamedBy(_ROTATE),
            NamedBy(_LICENCES),
            NamedBy(_EVIDENCE, _RESELLERS),
        ),
        "changed": changed,
    }
    return ShownGroup(**facts | more)


def groups() -> dict[str, Any]:
    """Three, one of which nothing names."""
    auditors = _group(id=UUID(int=1), name="auditors", members=_RESELLERS[:1], named_by=())
    pilots = _group(
        id=UUID(int=2), name="pilot-customers-in-the-north-of-europe", named_by=[NamedBy(_ROTATE)]
    )
    return groups_page([auditors, pilots, _group()], "")


def groups_empty() -> dict[str, Any]:
    """None yet."""
    return groups_page([], "")


def groups_viewer() -> dict[str, Any]:
    """For who may not change them."""
    return groups() | {"why_not": _WHY_NOT}


def group_new() -> dict[str, Any]:
    """The form of a new one."""
    return new_group_page({}, why_not="")


def group_errors() -> dict[str, Any]:
    """Everything is wrong with it."""
    hint = "Write the short names that tenants have in addresses."
    problems = (
        Problem("/name", "There is a group called resellers already.", "name_taken"),
        Problem("/members", "No tenant can be called Globe Inc.", "unknown_partner", hint),
        Problem("/members", "No tenant can be called inditech_.", "unknown_partner", hint),
        Problem("/purpose", "Choose what this is for.", "purpose_required"),
    )
    given = {"name": "resellers", "members": "Globe Inc\ninditech_\nnorthwind", "purpose": ""}
    return new_group_page(given, problems, why_not="")


def group() -> dict[str, Any]:
    """One, and the form that changes it."""
    return group_page(_group(), why_not="")


def group_viewer() -> dict[str, Any]:
    """One, for who may not change it."""
    return group_page(_group(), why_not=_WHY_NOT)


def group_late() -> dict[str, Any]:
    """Sent after somebody else changed it."""
    given = {"name": "resellers", "members": "globex\nwayne", "at": "sha256:0"}
    return group_page(_group(), given, why_not="", late=True)


def group_gone() -> dict[str, Any]:
    """Sent after somebody else took it away."""
    return new_group_page({"name": "resellers", "members": "globex\nwayne"}, why_not="", gone=True)


def group_delete() -> dict[str, Any]:
    """Before it is taken away."""
    return taking_page(_group(), {}, why_not="")


def group_delete_late() -> dict[str, Any]:
    """Somebody changed it while that page was read."""
    return taking_page(_group(named_by=()), {}, why_not="", late=True)
