"""The page of two versions side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import WorkflowDefinition
from catalog.pages.judging import judging, reaching
from catalog.pages.line_diff import line_diff
from catalog.pages.listing import detail_url
from catalog.pages.version_diff import Change, Kind, by_section, changes, short
from catalog.services.compare_versions import Compared, judge
from catalog.services.read_document import frozen_document
from catalog.version_ranges import version_key
from maestro.kernel.pages.picks import names

MOST_CHANGES = 500
_SIGNS = {
    Kind.ADDED: ("add", gettext_lazy("Added")),
    Kind.REMOVED: ("del", gettext_lazy("Removed")),
    Kind.CHANGED: ("mod", gettext_lazy("Changed")),
}


def comparing(compared: Compared) -> dict[str, Any]:
    """The context of `catalog/diff.html`."""
    definition, before, after = compared.definition, compared.before, compared.after
    old, new = frozen_document(before), frozen_document(after)
    found = judge(old, new)
    return changed(old.frozen, new.frozen, MOST_CHANGES) | {
        "judged": judging(found.diff, found.smallest),
        "reaching": reaching(found.reach, found.reached, before.version),
        "back": version_key(after.version) < version_key(before.version),
        "title": definition.title,
        "detail_url": detail_url(definition),
        "before": before.version,
        "after": after.version,
        "befores": names(compared.numbers, before.version),
        "afters": names(compared.numbers, after.version),
        "swap_url": compare_url(definition, after.version, before.version),
        "hunks": line_diff(before.source, after.source),
    }


def changed(before: Mapping[str, Any], after: Mapping[str, Any], most: int) -> dict[str, Any]:
    """What `catalog/_changes.html` shows of two frozen documents, and how much it leaves out."""
    found = changes(before, after)
    shown = found[:most]
    return {
        "count": len(found),
        "left_out": len(found) - len(shown),
        "sections": [
            (title, [_change(one) for one in group]) for title, group in by_section(shown)
        ],
    }


def compare_url(definition: WorkflowDefinition, before: str, after: str) -> str:
    """The page that compares two versions; with an empty `before`, the one below `after`."""
    url = reverse("catalog:diff", args=[definition.publisher, definition.slug])
    return f"{url}?{urlencode({'from': before, 'to': after} if before else {'to': after})}"


def _change(change: Change) -> dict[str, Any]:
    sign, word = _SIGNS[change.kind]
    what, name, place = change.subject
    return {
        "sign": sign,
        "word": str(word),
        "what": what,
        "name": name,
        "place": place,
        "label": " ".join(part for part in (what, name, place) if part),
        "hunks": change.hunks,
        "values": [
            {"label": label, "short": short(text), "whole": text if short(text) != text else ""}
            for label, text in ((_("Before"), change.before), (_("After"), change.after))
            if text
        ],
    }
