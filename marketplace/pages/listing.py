"""The marketplace's list: what was found, and the ways to find more or less."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.models import Standing
from catalog.pages.searching import searching, ways_out
from marketplace.services.search_marketplace import Listed, MarketplacePage
from marketplace.trust import Rule

_ANY = {
    "category": gettext_lazy("Any category"),
    "risk": gettext_lazy("Any risk"),
    "publisher": gettext_lazy("Any publisher"),
    "visibility": gettext_lazy("Shown to anybody"),
    "standing": gettext_lazy("Any standing"),
    "badge": gettext_lazy("Any badge or warning"),
    "installed": gettext_lazy("Installed or not"),
}
_NOT_USUAL = frozenset(
    {("standing", str(Standing.UNLISTED)), ("standing", str(Standing.WITHDRAWN))}
)


def listing(page: MarketplacePage, parameters: QueryDict) -> dict[str, Any]:
    """The context of `marketplace/list.html` and of `marketplace/_results.html`."""
    context = searching(page, parameters, reverse("marketplace:list"))
    nothing = context["chips"] and not page.total
    return context | {
        "templates": [_item(each) for each in page.templates],
        "ways": list(ways_out(page, parameters, _ANY, _found, _NOT_USUAL)) if nothing else (),
    }


def release_url(publisher: str, slug: str, number: str = "") -> str:
    """The page of a template, or of one release of it."""
    if number:
        return reverse("marketplace:older", args=[publisher, slug, number])
    return reverse("marketplace:release", args=[publisher, slug])


def mark(rule: Rule, url: str = "") -> dict[str, str]:
    """A badge or a warning, with the address of what is behind it."""
    return {"name": rule.name, "href": f"{url}#{rule.evidence}"}


def _item(each: Listed) -> dict[str, Any]:
    template = each.template
    url = release_url(template.publisher, template.slug)
    told = template.health_of == template.latest_release_id
    return {
        "url": url,
        "title": template.title,
        "description": template.description,
        "address": template.address,
        "number": template.latest_number,
        "category": _(template.get_category_display()),
        "owner_team": template.owner_team,
        "risk": template.risk,
        "is_unlisted": template.standing == Standing.UNLISTED,
        "marks": [mark(rule, url) for rule in each.marks],
        "installs": each.installs,
        "is_installed": each.is_installed,
        "last_run": {"status": template.last_run_status, "at": template.last_run_at}
        if told and template.last_run_status
        else None,
        "share_failed": template.failure_rate if told else None,
        "runs": template.runs if told else None,
        "updated_at": template.updated_at,
    }


def _found(count: int) -> str:
    return ngettext("%(count)s template", "%(count)s templates", count) % {"count": count}
