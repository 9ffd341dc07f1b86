"""The page of one release: what it is, what it reaches, and why one may trust it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from catalog.models import Standing
from marketplace.models import Release, ReleaseStatus
from marketplace.pages.listing import release_url
from marketplace.services.read_release import ReleasePage
from marketplace.trust import DAYS, MIN_RUNS, MIN_TENANTS, Rule

_REACH = (
    ("hosts", gettext_lazy("Hosts")),
    ("open_endpoints", gettext_lazy("Addresses that you give")),
    ("tasks", gettext_lazy("Tasks")),
    ("secrets", gettext_lazy("Secrets, chosen by you")),
    ("tables", gettext_lazy("Tables")),
    ("projects", gettext_lazy("Projects")),
    ("channels", gettext_lazy("Channels")),
    ("workflows", gettext_lazy("Other workflows")),
)
_KINDS = (
    gettext_noop("Security"),
    gettext_noop("Performance"),
    gettext_noop("Docs"),
)
_DECISIONS = {"approve": "approved", "reject": "rejected", "request_changes": "rejected"}


def release_page(found: ReleasePage) -> dict[str, Any]:
    """The context of `marketplace/release.html`."""
    template, release = found.template, found.release
    url = release_url(release.publisher, release.slug, release.number)
    return {
        "template": {
            "title": release.title,
            "description": template.description,
            "address": template.address,
            "publisher": template.publisher,
            "publisher_url": f"{reverse('marketplace:list')}?publisher={template.publisher}",
            "category": _(template.get_category_display()),
            "owner_team": template.owner_team,
            "author": template.author_name,
            "shown_to": _(template.get_visibility_display()),
            "installs": found.installs,
            "latest_number": template.latest_number,
            "latest_url": release_url(template.publisher, template.slug),
        },
        "release": {
            "number": release.number,
            "risk": release.risk,
            "digest": release.digest,
            "released_at": release.created_at,
            "by": release.published_by_name,
            "origin": release.origin,
            "is_latest": found.is_latest,
        },
        "marks": [_proof(rule, found) for rule in found.marks],
        "banners": list(_banners(found)),
        "install": _install(found),
        "reach": list(reach(release.capabilities)),
        "health": _health(found),
        "own": found.own,
        "days": DAYS,
        "least_runs": MIN_RUNS,
        "least_tenants": MIN_TENANTS,
        "reviews": [_review(each) for each in _listed(found.predicate.get("reviews"))],
        "controls": [str(each) for each in _listed(found.predicate.get("controls"))],
        "approved_by": str(found.predicate.get("approvedBy", "")),
        "reviewed_by": release.reviewed_by,
        "last_reviewed_at": template.last_reviewed_at if found.is_latest else release.created_at,
        "certification": found.certification,
        "verified_publisher": found.publisher,
        "verification": found.verification,
        "attestation_url": f"{url}attestation/",
        "releases": [_listed_release(each, release) for each in found.releases],
        "older_url": f"{url}?below={quote(found.releases[-1].number)}#changelog"
        if found.more_releases
        else "",
        "instances": [
            {
                "name": each.name,
                "url": _link("marketplace:installation", each.name),
                "where": [part for part in (each.number, each.environment, each.region) if part],
                "is_stopped": each.status == "stopped",
                "is_behind": list(each.order) < list(release.order),
            }
            for each in found.instances
        ],
        "adoptions_url": reverse("marketplace:adoptions", args=[release.publisher, release.slug])
        if found.is_owner
        else "",
        "workflow_url": reverse("catalog:detail", args=[release.publisher, release.slug])
        if found.is_owner
        else "",
    }


def reach(capabilities: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    """What a release reaches, by kind, without the kinds of which there is nothing."""
    for kind, title in _REACH:
        names = [str(each) for each in _listed(capabilities.get(kind))]
        if names:
            yield str(title), names


def _proof(rule: Rule, found: ReleasePage) -> dict[str, str]:
    """A badge with the sentence that says why it is worn, and where its evidence is."""
    return {
        "name": rule.name,
        "href": f"#{rule.evidence}",
        "why": str(_WHY[rule.name](found)),
    }


def _why_certified(found: ReleasePage) -> str:
    held = found.certification
    if held is None:
        return ""
    return _("Held against the certification checklist by %(who)s.") % {
        "who": held.certified_by_name
    }


def _why_trusted(found: ReleasePage) -> str:
    health = found.health
    return _(
        "%(rate)s %% of %(runs)s runs of %(days)s days failed, over %(tenants)s tenants or more; "
        "reviewed within a year."
    ) % {
        "rate": f"{(health.failure_rate_30 or 0) * 100:.1f}" if health else "",
        "runs": health.runs_30 if health else "",
        "days": DAYS,
        "tenants": MIN_TENANTS,
    }


def _why_verified(found: ReleasePage) -> str:
    return found.publisher.evidence if found.publisher else ""


def _why_standing(found: ReleasePage) -> str:
    return found.release.status_reason or _("Its publisher says so.")


def _why_unhealthy(found: ReleasePage) -> str:
    health = found.health
    rate = (health.failure_rate_30 or 0) * 100 if health else 0
    return _("%(rate)s %% of its runs of %(days)s days failed.") % {
        "rate": f"{rate:.1f}",
        "days": DAYS,
    }


def _why_lapsed(found: ReleasePage) -> str:
    del found  # it is the same of each
    return _("Its last review is more than a year old.")


_WHY = {
    "certified": _why_certified,
    "trusted": _why_trusted,
    "verified_publisher": _why_verified,
    "deprecated": _why_standing,
    "withdrawn": _why_standing,
    "unhealthy": _why_unhealthy,
    "review_expired": _why_lapsed,
}


def _banners(found: ReleasePage) -> Iterator[dict[str, Any]]:
    release, template = found.release, found.template
    if not found.verification.verified:
        yield {
            "tone": "bad",
            "title": _("This release does not verify"),
            "text": found.verification.why_not,
            "todo": _("Do not install it. Tell the platform’s admins."),
        }
    replaced = replacement_link(release.replacement)
    if release.status == ReleaseStatus.WITHDRAWN:
        yield {
            "tone": "bad",
            "title": _("Withdrawn: it can’t be installed"),
            "text": release.status_reason,
            **replaced,
        }
    elif release.status == ReleaseStatus.DEPRECATED or template.standing == Standing.DEPRECATED:
        yield {
            "tone": "warn",
            "title": _("Deprecated: it still runs, look for its successor"),
            "text": release.status_reason,
            **replaced,
        }
    if not found.is_latest and template.latest_number:
        yield {
            "tone": "info",
            "title": _("There is another release: %(number)s") % {"number": template.latest_number},
            "url": release_url(template.publisher, template.slug),
            "label": _("Open the latest release"),
        }


def replacement_link(address: str) -> dict[str, str]:
    """Where that leads which is named instead of a release, and what is said of it; or nothing."""
    named, _at, number = address.partition("@")
    publisher, _slash, slug = named.partition("/")
    if not (publisher and slug):
        return {}
    try:
        url = release_url(publisher, slug, number)
    except NoReverseMatch:
        return {}
    return {"url": url, "label": _("Use %(address)s instead") % {"address": address}}


def _install(found: ReleasePage) -> dict[str, str]:
    """Where it is installed, or why it can't be."""
    release = found.release
    if release.status == ReleaseStatus.WITHDRAWN:
        return {"why": _("It was withdrawn.")}
    if not found.verification.verified:
        return {"why": _("Its signature does not verify.")}
    url = _link("marketplace:install", release.publisher, release.slug)
    if not url:
        return {}
    return {"url": url if found.is_latest else f"{url}?number={release.number}"}


def _health(found: ReleasePage) -> dict[str, Any] | None:
    """What may be told of how it did; None for too few tenants or runs."""
    health = found.health
    if health is None or health.runs_30 is None:
        return None
    return {
        "runs_7": health.runs_7,
        "runs_30": health.runs_30,
        "tenants_30": health.tenants_30,
        "failure_rate": health.failure_rate_30,
        "average": health.average_seconds,
        "p95": health.p95_seconds,
        "last_status": health.last_run_status,
        "last_at": health.last_run_at,
        "rolled_up_at": health.rolled_up_at,
    }


def _review(each: Any) -> dict[str, Any]:
    """A review as it was signed; another Maestro may have written less."""
    said = each if isinstance(each, Mapping) else {}
    decision = str(said.get("decision", ""))
    return {
        "kind": _(str(said.get("kind", "")).capitalize()) if said.get("kind") else "",
        "state": _DECISIONS.get(decision, decision),
        "by": str(said.get("by", "")),
        "at": _day(str(said.get("at", ""))),
        "controls": [str(one) for one in _listed(said.get("controls"))],
    }


def _day(text: str) -> date | None:
    """The day of a time as it was signed; None for what is none."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _listed_release(each: Release, shown: Release) -> dict[str, Any]:
    return {
        "number": each.number,
        "url": release_url(each.publisher, each.slug, each.number),
        "is_shown": each.pk == shown.pk,
        "is_breaking": each.is_breaking,
        "status": each.status,
        "released_at": each.created_at,
        "changelog": each.changelog,
    }


def _link(name: str, *args: str) -> str:
    """An address, if the page is there."""
    try:
        return reverse(name, args=list(args))
    except NoReverseMatch:
        return ""


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []
