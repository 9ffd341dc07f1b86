"""What an installation's page says of new versions, and of what its publisher asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.changes import Klass
from marketplace.pages.release import replacement_link
from marketplace.pages.upgrading import BADGES
from marketplace.services.read_news import News


def news(found: News) -> dict[str, Any]:
    """The contexts of `marketplace/_news.html` and `_roll_back.html`."""
    instance = found.instance
    upgrade_url = reverse("marketplace:upgrade", args=[instance.name])
    return {
        "warnings": list(_warnings(found)),
        "upgrade": {
            "number": found.latest.number,
            "changelog": found.latest.changelog,
            "means": BADGES[found.klass or Klass.COMPATIBLE],
            "released_at": found.latest.created_at,
            "url": upgrade_url,
        }
        if found.latest
        else None,
        "proposals": [
            {
                "number": each.number,
                "publisher": instance.publisher,
                "by": each.proposed_by_name,
                "message": each.message,
                "deadline": each.deadline,
                "url": f"{upgrade_url}?to={each.number}",
            }
            for each in found.proposals
        ],
        "roll_back": {
            "number": found.former["number"],
            "from_number": instance.number,
            "revision": instance.revision,
            "url": reverse("marketplace:roll_back", args=[instance.name]),
        }
        if found.former
        else None,
    }


def _warnings(found: News) -> Iterator[dict[str, Any]]:
    release = found.installed
    if release is not None and release.status == "deprecated":
        yield {
            "tone": "warn",
            "title": _("%(number)s is deprecated: it still runs, look for its successor")
            % {"number": found.instance.number},
            "text": release.status_reason,
            **replacement_link(release.replacement),
        }
