"""Which tenants are on which version: the page for a template's publisher."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from marketplace.models import Channel, InstanceStatus
from marketplace.pages.listing import release_url
from marketplace.services.read_adoptions import Adoptions

_FOLLOWS = {
    Channel.PIN: gettext_noop("Nothing, it stays"),
    Channel.PATCH: gettext_noop("Patches"),
    Channel.MINOR: gettext_noop("Minor versions"),
}
_STATUSES = dict(InstanceStatus.choices)


def adoptions_page(found: Adoptions, number: str) -> dict[str, Any]:
    """The context of `marketplace/adoptions.html`; `number` is the version asked for, or empty."""
    template = found.template
    following = {"number": number, "below": str(found.following)} if found.following else {}
    return {
        "title": template.title,
        "address": template.address,
        "url": release_url(template.publisher, template.slug),
        "number": number,
        "by_number": found.by_number,
        "rows": [
            {
                "tenant": each.installer_slug,
                "number": each.number,
                "channel": _(_FOLLOWS[Channel(each.channel)]),
                "status": _(str(_STATUSES.get(each.status, each.status))),
                "since": each.since,
            }
            for each in found.rows
        ],
        "pager": {"next": "?" + urlencode({k: v for k, v in following.items() if v})}
        if following
        else {},
    }
