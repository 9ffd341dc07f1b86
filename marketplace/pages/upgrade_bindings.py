"""Secrets and endpoints before and after an upgrade, and what becomes of each choice. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from catalog.migration_rules import Done
from marketplace.pages.upgrade_rows import Row
from marketplace.services.prepare_upgrade import PreparedUpgrade


def secret_rows(found: PreparedUpgrade) -> list[Row]:
    """Each secret of the release, then those that it does not ask for any more."""
    wanted, known = found.checked.wanted.secrets, found.before.document.secrets
    missing = {one.path for one in found.checked.problems}
    bound = found.checked.secrets

    def how(name: str, was: str, carried: str) -> tuple[str, str]:
        if f"/secrets/{name}" in missing:
            return "pending", _("Pick a stored secret")
        if name in wanted and wanted[name] != carried:
            return "done", _("Picked by you")
        if was != name:
            return "done", _("Renamed, choice kept")
        if name in wanted:
            return "done", _("Carried over")
        return "done", _("Bound by its name")

    return _rows(
        "secrets",
        found,
        names=list(found.after.document.secrets),
        had={name: found.instance.secrets.get(name, "") for name in known},
        after={
            name: "" if f"/secrets/{name}" in missing else bound.get(name, "")
            for name in found.after.document.secrets
        },
        how=how,
        gone=_("Not asked for any more"),
    )


def endpoint_rows(found: PreparedUpgrade) -> list[Row]:
    """Each endpoint of the release with the address that it leads to, then those that are gone."""
    document, former = found.after.document, found.before.document.endpoints
    reached, wanted = found.checked.endpoints, found.checked.wanted.endpoints
    migrated = found.plan.migrated.endpoints

    def how(name: str, was: str, _carried: str) -> tuple[str, str]:
        address, default = reached.get(name, ""), document.endpoints[name].default
        if not address:
            return "pending", _("Give an address")
        if wanted.get(name, default) != migrated.get(name, default):
            return "done", _("Given by you")
        if address != default:
            renamed = _("Renamed, yours kept")
            return "done", renamed if was != name else _("Your address stays")
        if was in former and former[was].default != default:
            return "done", _("Follows the author’s new address")
        return "done", _("The author’s address")

    return _rows(
        "endpoints",
        found,
        names=list(document.endpoints),
        had={
            name: found.instance.endpoints.get(name) or one.default for name, one in former.items()
        },
        after=reached,
        how=how,
        gone=_("Not reached any more"),
    )


def is_new(found: PreparedUpgrade, part: str, name: str) -> bool:
    """Whether nothing that was given before goes along to it."""
    known = getattr(found.before.document, part)
    return name not in known and name not in _came(found, part)


def _came(found: PreparedUpgrade, part: str) -> dict[str, str]:
    """New names → what they were called, of what was given or only declared."""
    names: dict[str, str] = {}
    for rule in found.after.document.migrations:
        names |= {new: old for old, new in getattr(rule, part).items()}
    notes = (one for one in found.plan.migrated.notes if one.part == part)
    names |= {one.to: one.name for one in notes if one.done is Done.RENAMED}
    known = getattr(found.before.document, part)
    return {new: old for new, old in names.items() if old in known}


def _rows(
    part: str,
    found: PreparedUpgrade,
    *,
    names: list[str],
    had: Mapping[str, str],
    after: Mapping[str, str],
    how: Callable[[str, str, str], tuple[str, str]],
    gone: str,
) -> list[Row]:
    came = _came(found, part)
    carried = getattr(found.plan.migrated, part)
    rows = []
    for name in names:
        was = came.get(name, name)
        state, word = how(name, was, carried.get(name, ""))
        rows.append(
            Row(
                name=name,
                was_called=was if was != name else "",
                before=had.get(was) or None,
                after=after.get(name) or None,
                state=state,
                how=word,
            )
        )
    left = [name for name in had if name not in names and name not in came.values()]
    return [*rows, *(Row(name, "", had[name] or None, None, "skipped", gone) for name in left)]
