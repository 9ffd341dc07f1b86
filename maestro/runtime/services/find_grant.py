from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from catalog.services.read_document import document_of
from governance.services.verify_release import verify_release
from maestro.kernel.errors import Conflict, Denied, InvalidInput, MaestroError, NotFound, Problem
from maestro.runtime.granted import Granted
from maestro.runtime.models import Grant, Withdrawal


class InstallationStopped(Conflict):
    """Somebody stopped the installation, or it was uninstalled."""

    code = "installation_stopped"


class ReleaseWithdrawn(Conflict):
    """The publisher took the version back, and what runs it is to stop."""

    code = "release_withdrawn"


class SignatureNotVerified(Conflict):
    """What was signed is not what would run, or nobody who is trusted signed it."""

    code = "signature_not_verified"


def find_grant(
    *, tenant_id: UUID, installation: UUID | str = "", grant_id: UUID | None = None
) -> Granted:
    """What an installation runs with now, by its id or name; or what a former run had, by the id of
    its grant. One statement besides the document, which a process remembers.

    Raises `NotFound`.
    """
    rows = Grant.objects.for_tenant(tenant_id)
    if grant_id is not None:
        in_force = Grant.objects.in_force().filter(installation_id=OuterRef("installation_id"))
        rows = rows.filter(pk=grant_id).annotate(
            now_in_force=Subquery(in_force.values("pk")[:1]),
            now_stopped=Subquery(in_force.values("stopped_at")[:1]),
            now_why=Subquery(in_force.values("stop_reason")[:1]),
        )
    else:
        rows = rows.in_force().of_installation(id_or_name(installation))
    withdrawn = Withdrawal.objects.filter(version_id=OuterRef("version_id"))
    grant = (
        rows.select_related("version__definition")
        .defer("version__frozen", "version__source")
        .annotate(
            withdrawal=Subquery(withdrawn.values("mode")[:1]),
            withdrawal_reason=Subquery(withdrawn.values("reason")[:1]),
            replacement=Subquery(withdrawn.values("replacement")[:1]),
        )
        .first()
    )
    if grant is None:
        raise NotFound(
            "There is no such installation here.", hint="Look for it under Installations."
        )
    return _granted(grant)


def id_or_name(installation: UUID | str) -> UUID | str:
    """What somebody calls an installation: its id if it reads as one, else its name."""
    if isinstance(installation, UUID):
        return installation
    try:
        return UUID(installation) if len(installation) == 36 else installation
    except ValueError:
        return installation


def _granted(grant: Any) -> Granted:
    version = grant.version
    document = document_of(version)
    verification = verify_release(
        statement=grant.statement,
        signatures=grant.signatures,
        digest=document.digest,
        publisher=grant.publisher,
    )
    stopped_at, why = grant.stopped_at, grant.stop_reason
    if hasattr(grant, "now_in_force"):
        stopped_at = grant.now_stopped if grant.now_in_force else grant.superseded_at
        why = (grant.now_why or "") if grant.now_in_force else "It was uninstalled."
    return Granted(
        grant=grant,
        definition=version.definition,
        version=version,
        document=document,
        stopped=stopped_at is not None,
        why_stopped=why,
        withdrawal=grant.withdrawal or "",
        withdrawal_reason=grant.withdrawal_reason or "",
        replacement=grant.replacement or "",
        unverified=verification.why_not,
    )


def as_state(refusal: Denied, granted: Granted | None) -> MaestroError:
    """What stands in the way of a run: where it is a state and no permission, that state."""
    codes = {reason.code for reason in refusal.reasons}
    if granted is None or not codes:
        return refusal
    name = granted.grant.name
    states: Mapping[str, MaestroError] = {
        "installation_stopped": InstallationStopped(
            f"{name} is stopped. {granted.why_stopped}".strip(),
            hint="See its page under Installations.",
            **refusal.details,
        ),
        "release_withdrawn": ReleaseWithdrawn(
            f"{granted.grant} was withdrawn by its publisher: {granted.withdrawal_reason}",
            hint=f"Upgrade {name} to {granted.replacement}."
            if granted.replacement
            else f"Upgrade {name} to another version, or uninstall it.",
            **refusal.details,
        ),
        "signature_not_verified": SignatureNotVerified(
            f"The signature of {granted.grant} does not verify: {granted.unverified}",
            hint="Do not run it. Install it again, or ask its publisher.",
            **refusal.details,
        ),
    }
    if codes - states.keys():
        return refusal
    return next(error for code, error in states.items() if code in codes)


def given_to(
    granted: Granted,
    *,
    parameters: Mapping[str, Any],
    secrets: Mapping[str, str],
    endpoints: Mapping[str, str],
) -> dict[str, Any]:
    """What a run of an installation gets: its parameters, overridden by those that are given.

    Secrets and endpoints are the installation's. Raises `InvalidInput` for others.
    """
    grant = granted.grant
    problems = [
        Problem(
            f"/{kind}/{name}",
            f"The installation says what {name} is; a run can’t change it.",
            "fixed_by_installation",
            "Leave it out, or configure the installation.",
        )
        for kind, given, fixed in (
            ("secrets", secrets, grant.secrets),
            ("endpoints", endpoints, grant.endpoints),
        )
        for name, value in given.items()
        if value != fixed.get(name)
    ]
    if problems:
        raise InvalidInput(problems[0].message, problems=problems)
    return {
        "parameters": {**grant.parameters, **parameters},
        "secrets": grant.secrets,
        "endpoints": grant.endpoints,
    }


__all__ = [
    "Granted",
    "InstallationStopped",
    "ReleaseWithdrawn",
    "SignatureNotVerified",
    "as_state",
    "find_grant",
    "given_to",
    "id_or_name",
]
