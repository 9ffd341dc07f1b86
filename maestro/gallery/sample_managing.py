"""Contexts of what a publisher does with a release: its two forms, and asking to upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from catalog.models import WorkflowTemplate
from governance.services.verify_receipt import Verification
from maestro.gallery.sample_marketplace import adoptions_none, release
from maestro.gallery.sample_upgrading import adoptions
from maestro.kernel.errors import Problem
from marketplace.models import Release
from marketplace.pages.managing import ENDING, FINDING, managing
from marketplace.pages.rolling_out import Proposal, rolling_out_page
from marketplace.services.manage_release import Managed
from marketplace.services.own_release import reason_problems
from marketplace.services.read_release import ReleasePage

_NOTHING: Mapping[str, str] = MappingProxyType({})
_ADDRESS = {"publisher": "northwind", "slug": "cost-anomaly"}
_PURPOSE = {"purpose": "platform.operations"}
_ADMIN = "This needs the role admin here."


def _page(
    given: Mapping[str, str] = _NOTHING,
    *problems: Problem,
    why_not_withdraw: str = "",
    **told: Any,
) -> dict[str, Any]:
    template = WorkflowTemplate(**_ADDRESS, visibility="partner-curated")
    found = ReleasePage(
        template=template, release=Release(**_ADDRESS, number="3.0.0"), releases=(), marks=(),
        verification=Verification(verified=True), certification=None, publisher=None, health=None,
        instances=(), own=None, is_owner=True, more_releases=False,
    )  # fmt: skip
    managed = Managed(
        receipts=(), audience=("group:resellers", "globex"), why_not_deprecate="",
        why_not_withdraw=why_not_withdraw, why_not_update="",
    )  # fmt: skip
    return release() | managing(found, managed, given, problems, **told)


def managed() -> dict[str, Any]:
    """One's own, by an admin."""
    return _page()


def managed_by_an_author() -> dict[str, Any]:
    """Who may deprecate it, and not withdraw it; nothing was said of why."""
    given = {"form": ENDING} | _PURPOSE
    return _page(given, *reason_problems(""), why_not_withdraw=_ADMIN)


def ending_errors() -> dict[str, Any]:
    """It is to be withdrawn, and everything is wrong with how."""
    given = {
        "form": ENDING,
        "reason": "",
        "replacement": "northwind/cost-anomalies",
        "mode": "stop",
    }
    return _page(
        given | {"purpose": ""},
        *reason_problems(""),
        Problem("/replacement", "There is no such release.", "unknown_release"),
        Problem("/purpose", "Choose what this is for.", "purpose_required"),
    )


def finding_errors() -> dict[str, Any]:
    """Everybody is to find it, and partners are named who are not there."""
    hint = "Write a tenant's slug, or group: and the name of one of your groups."
    said = "There is no tenant or group of partners called"
    return _page(
        {"form": FINDING, "visibility": "public-ecosystem", "audience": "Globe Inc\ngroup:sellers"}
        | _PURPOSE,
        Problem(
            "/visibility",
            "Its latest release was reviewed for partner-curated, not for public-ecosystem.",
            "not_reviewed_for",
            "Put a new version forward with that visibility.",
        ),
        Problem("/audience/0", f"{said} Globe Inc.", "unknown_partner", hint),
        Problem("/audience/1", f"{said} group:sellers.", "unknown_partner", hint),
    )


def finding_late() -> dict[str, Any]:
    """Somebody else changed who finds it while the form was answered."""
    return _page({"form": FINDING, "visibility": "internal-only"} | _PURPOSE, late=True)


def ending_refused() -> dict[str, Any]:
    """Somebody else deprecated it while the form was answered."""
    said = (
        "This release is deprecated; it can become deprecated only from published, superseded."
        " Load it again and look at its present state."
    )
    return _page({"form": ENDING, "reason": "Old."} | _PURPOSE, refused=said)


def _adoptions(**more: Any) -> dict[str, Any]:
    releases = [Release(number=number) for number in ("3.0.0", "2.2.1", "2.2.0")]
    return adoptions() | rolling_out_page(WorkflowTemplate(**_ADDRESS), [], releases, **more)


def propose_errors() -> dict[str, Any]:
    """An upgrade is proposed without a reason, by a day that is over."""
    return _adoptions(
        why_not="",
        asked=Proposal("3.0.0", "", "2026-11-12", "globex"),
        problems=[
            Problem("/message", "Say why, in at most 500 characters.", "message_required"),
            Problem(
                "/deadline", "2026-11-12 is over. Give a day that is to come.", "deadline_passed"
            ),
        ],
    )


def propose_viewer() -> dict[str, Any]:
    """Who may not propose anything."""
    return _adoptions(why_not="This needs the role author here.")


def adopted_by_nobody() -> dict[str, Any]:
    """Nobody has it, and nothing is to be proposed."""
    template = WorkflowTemplate(**_ADDRESS)
    return adoptions_none() | rolling_out_page(template, [], [], why_not="")
