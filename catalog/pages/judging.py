"""What a version changes for those who use it, and what it reaches: view data for any page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.capabilities import Capabilities, new_in
from catalog.changes import Change, Klass, VersionDiff

MOST = 200  # changes of a class that are listed

_CLASSES = {
    Klass.BREAKING: (
        gettext_lazy("Breaking"),
        gettext_lazy("What works today stops working unless somebody acts."),
        "break",
    ),
    Klass.CAPABILITY: (
        gettext_lazy("Reaches more"),
        gettext_lazy(
            "It reaches more, or asks fewer people. Nobody is taken over it without being asked."
        ),
        "more",
    ),
    Klass.COMPATIBLE: (gettext_lazy("Compatible"), gettext_lazy("Nothing to do."), ""),
}
_KINDS = {
    "hosts": gettext_lazy("Hosts"),
    "open_endpoints": gettext_lazy("Endpoints that you give an address"),
    "tasks": gettext_lazy("Tasks"),
    "secrets": gettext_lazy("Secrets"),
    "tables": gettext_lazy("Tables"),
    "projects": gettext_lazy("Projects"),
    "channels": gettext_lazy("Channels"),
    "workflows": gettext_lazy("Workflows it runs"),
}


def judging(diff: VersionDiff, smallest: str) -> dict[str, Any]:
    """The context of `catalog/_judged.html`: the changes by class, and the number they ask for."""
    return {
        "summary": asked_number(diff, smallest),
        "tone": _CLASSES[diff.klass][2] if diff.klass else "",
        "classes": [_class(klass, diff.of(klass)) for klass in Klass if diff.of(klass)],
    }


def asked_number(diff: VersionDiff, smallest: str) -> str:
    """In one sentence which number the changes ask for; empty where there are none."""
    wanted = {"version": smallest}
    if diff.klass is Klass.BREAKING:
        return _("Breaking: asks for %(version)s or above.") % wanted
    if diff.klass is Klass.CAPABILITY:
        return _("Reaches more, or asks fewer people: asks for %(version)s or above.") % wanted
    return _("Compatible: asks for %(version)s or above.") % wanted if diff.klass else ""


def reaching(after: Capabilities, before: Capabilities, since: str) -> dict[str, Any]:
    """The context of `catalog/_reaching.html`: what is reached now, what is new, what is gone.

    `since` names what it is compared with: a version.
    """
    new, gone = new_in(after, before), new_in(before, after)
    kinds = [
        {"title": str(title), "names": [*_names(after, new, kind), *_gone(gone, kind)]}
        for kind, title in _KINDS.items()
    ]
    return {
        "since": since,
        "kinds": [kind for kind in kinds if kind["names"]],
        "more": bool(new),
        "less": bool(gone),
    }


def _names(after: Capabilities, new: Capabilities, kind: str) -> list[dict[str, str]]:
    added = set(getattr(new, kind))
    return [
        {"name": name, "sign": "add more", "word": _("Reaches more")}
        if name in added
        else {"name": name, "sign": "", "word": _("As before")}
        for name in getattr(after, kind)
    ]


def _gone(gone: Capabilities, kind: str) -> list[dict[str, str]]:
    word = _("Reaches less")
    return [{"name": name, "sign": "del less", "word": word} for name in getattr(gone, kind)]


def _class(klass: Klass, changes: tuple[Change, ...]) -> dict[str, Any]:
    word, means, tone = _CLASSES[klass]
    return {
        "word": str(word),
        "means": str(means),
        "count": len(changes),
        "left_out": max(0, len(changes) - MOST),
        "changes": [
            {"sign": f"{_sign(one)} {tone}".strip(), "message": one.message, "code": one.code}
            for one in changes[:MOST]
        ],
    }


def _sign(change: Change) -> str:
    if change.code.endswith(("_added", "_required", "_called", "_reached")):
        return "add"
    return "del" if change.code.endswith("_removed") else "mod"
