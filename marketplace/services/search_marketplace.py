from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.postgres.search import SearchRank
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext_noop

from catalog.models import Category, Risk, Standing, Visibility, WorkflowTemplate
from catalog.querysets import TemplateQuerySet
from catalog.services.searching import Asked, Facet, FoundPage, facet_of
from governance.services.authorize import authorize
from maestro.kernel.actor import Actor
from maestro.kernel.clock import now
from maestro.kernel.errors import TenantRequired
from marketplace.models import WorkflowInstance
from marketplace.policies import TEMPLATE_READ, templates_of
from marketplace.services.verified_publishers import verified_publishers
from marketplace.trust import (
    HEALTHY_UP_TO,
    REVIEW_HOLDS,
    RULES,
    UNHEALTHY_FROM,
    Facts,
    Rule,
    conditions,
    installs_told,
    worn,
)

SORTS = {
    "best": gettext_noop("Best match"),
    "newest": gettext_noop("Last updated"),
    "installs": gettext_noop("Most installed"),
}
_COLUMNS = ("category", "risk", "visibility", "standing")
_CELLS = (*_COLUMNS, "badge", "installed")
FACETS = ("category", "risk", "publisher", "visibility", "standing", "badge", "installed")
MOST_PUBLISHERS = 50
USUAL = frozenset({str(Standing.LISTED), str(Standing.DEPRECATED)})
"""The standings of what is found when nobody asks for a standing."""
_LABELS: dict[str, dict[str, str]] = {
    "category": {str(value): str(label) for value, label in Category.choices},
    "risk": {str(value): str(label) for value, label in Risk.choices},
    "visibility": {str(value): str(label) for value, label in Visibility.choices},
    "standing": {str(value): str(label) for value, label in Standing.choices},
    "badge": {
        "certified": gettext_noop("Certified"),
        "trusted": gettext_noop("Trusted"),
        "verified_publisher": gettext_noop("Verified publisher"),
        "deprecated": gettext_noop("Deprecated"),
        "withdrawn": gettext_noop("Withdrawn"),
        "unhealthy": gettext_noop("Unhealthy"),
        "review_expired": gettext_noop("Review expired"),
    },
    "installed": {"yes": gettext_noop("Installed here"), "no": gettext_noop("Not installed")},
}
_TITLES = {
    "category": gettext_noop("Category"),
    "risk": gettext_noop("Risk"),
    "publisher": gettext_noop("Publisher"),
    "visibility": gettext_noop("Shown to"),
    "standing": gettext_noop("Standing"),
    "badge": gettext_noop("Trust"),
    "installed": gettext_noop("Here"),
}
# What the database is asked of each template; the rest of the conditions follows from its columns.
_ASKED = ("certified", "verified", "reviewed", "lapsed", "healthy", "unhealthy")


@dataclass(frozen=True, slots=True)
class MarketplaceQuery(Asked):
    """What is asked of the marketplace."""

    FACETS: ClassVar[Sequence[str]] = FACETS
    SORTS: ClassVar[Mapping[str, str]] = SORTS


@dataclass(frozen=True, slots=True)
class Listed:
    """A template in a list: what it wears, and whether the tenant has it installed.

    `installs` is how often it is installed in all, None where that is not told.
    """

    template: WorkflowTemplate
    marks: Sequence[Rule]
    is_installed: bool
    installs: int | None


@dataclass(frozen=True, slots=True)
class MarketplacePage(FoundPage):
    """One page of templates."""

    templates: Sequence[Listed] = ()


def search_marketplace(*, actor: Actor, query: MarketplaceQuery) -> MarketplacePage:
    """Find templates among those that the tenant sees. Four statements, whatever is asked.

    Raises `Denied`, `TenantRequired`.
    """
    if actor.tenant_id is None:
        raise TenantRequired("Choose a tenant first.")
    authorize(actor=actor, action=TEMPLATE_READ, resource=templates_of(actor.tenant_id))
    moment, verified = now(), verified_publishers()
    asked = _Search(query, actor.tenant_id, moment, verified)
    counts, total = _counted(asked)
    counts["publisher"] = Counter(dict(asked.publishers()))
    rows = list(asked.rows()[query.span])
    facets = [_facet(name, counts[name], query) for name in FACETS]
    listed = [
        Listed(
            row,
            worn(conditions(facts_of(row, verified), at=moment)),
            bool(row.is_installed),  # type: ignore[attr-defined]
            installs_told(row.installs, own=row.tenant_id == actor.tenant_id),
        )
        for row in rows
    ]
    return MarketplacePage(query, total, facets, len(listed), listed)


def facts_of(template: WorkflowTemplate, verified: Collection[str]) -> Facts:
    """What the rules of trust are asked of a template, which speaks for its latest release."""
    told = template.health_of == template.latest_release_id
    return Facts(
        standing=template.standing,
        certified_until=template.certified_until,
        is_verified=template.publisher in verified,
        last_reviewed_at=template.last_reviewed_at,
        failure_rate=template.failure_rate if told else None,
    )


def conditions_in_sql(moment: datetime, verified: Collection[str]) -> dict[str, Q]:
    """`marketplace.trust.conditions`, as the database is asked for them."""
    told = Q(health_of=F("latest_release_id"))
    standings = (Standing.LISTED, Standing.DEPRECATED, Standing.WITHDRAWN)
    return {
        "certified": Q(certified_until__gt=moment),
        "verified": Q(publisher__in=verified),
        "reviewed": Q(last_reviewed_at__gte=moment - REVIEW_HOLDS),
        "lapsed": Q(last_reviewed_at__lt=moment - REVIEW_HOLDS),
        "healthy": told & Q(failure_rate__lte=HEALTHY_UP_TO),
        "unhealthy": told & Q(failure_rate__gte=UNHEALTHY_FROM),
        **{str(standing): Q(standing=standing) for standing in standings},
    }


@dataclass(frozen=True, slots=True)
class _Search:
    query: MarketplaceQuery
    tenant_id: UUID
    moment: datetime
    verified: frozenset[str]

    def cells(self) -> QuerySet[WorkflowTemplate, tuple[Any, ...]]:
        """How many templates that have the words there are of each kind, under no filter but the
        publisher's: there are few kinds, and many publishers."""
        asked = conditions_in_sql(self.moment, self.verified)
        found: QuerySet[WorkflowTemplate, Any] = self._of_publishers(self._with_words())
        return (
            found.annotate(**{f"is_{name}": _whether(asked[name]) for name in _ASKED})
            .annotate(is_installed=_whether(self._installed()))
            .order_by()
            .values_list(*_COLUMNS, "is_installed", *(f"is_{name}" for name in _ASKED))
            .annotate(count=Count("pk"))
        )

    def publishers(self) -> QuerySet[WorkflowTemplate, tuple[str, int]]:
        """How many templates each publisher has under all filters but the publisher's."""
        found: QuerySet[WorkflowTemplate, Any] = self._filtered()
        counted = found.order_by().values_list("publisher").annotate(count=Count("pk"))
        return counted.order_by("-count", "publisher")[:MOST_PUBLISHERS]

    def rows(self) -> TemplateQuerySet:
        """What the words and every filter leave, in order."""
        found = self._sorted(self._of_publishers(self._filtered()))
        return found.annotate(is_installed=_whether(self._installed()))

    def _filtered(self) -> TemplateQuerySet:
        """What the words and every filter but the publisher's leave."""
        chosen = self.query.chosen
        found = self._with_words()
        for name in _COLUMNS:
            if name in chosen:
                found = found.filter(**{f"{name}__in": chosen[name]})
        if "standing" not in chosen:
            found = found.filter(standing__in=USUAL)
        if "badge" in chosen:
            found = found.filter(self._wears(chosen["badge"]))
        if "installed" in chosen:
            wanted = set(chosen["installed"])
            if wanted == {"yes"}:
                found = found.filter(self._installed())
            elif wanted == {"no"}:
                found = found.exclude(self._installed())
            elif not wanted & {"yes", "no"}:
                found = found.none()
        return found

    def _of_publishers(self, found: TemplateQuerySet) -> TemplateQuerySet:
        chosen = self.query.chosen.get("publisher")
        return found.filter(publisher__in=chosen) if chosen else found

    def _with_words(self) -> TemplateQuerySet:
        found = WorkflowTemplate.objects.visible_to(self.tenant_id).defer("search")
        return found.filter(search=self.query.search) if self.query.words else found

    def _wears(self, names: Collection[str]) -> Q:
        asked = conditions_in_sql(self.moment, self.verified)
        rules = [
            reduce(and_, (reduce(or_, (asked[one] for one in group)) for group in rule.needs))
            for rule in RULES
            if rule.name in names
        ]
        return reduce(or_, rules, Q(pk__in=[]))

    def _installed(self) -> Q:
        own = WorkflowInstance.objects.for_tenant(self.tenant_id).in_use()
        return Q(pk__in=own.values("template_id"))

    def _sorted(self, found: TemplateQuerySet) -> TemplateQuerySet:
        if self.query.sort == "installs":
            return found.order_by("-installs", "-updated_at", "pk")
        if self.query.sort == "best" and self.query.words:
            return found.annotate(rank=SearchRank(F("search"), self.query.search)).order_by(
                "-rank", "-installs", "pk"
            )
        return found.order_by("-updated_at", "pk")


def _whether(condition: Q) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(condition, output_field=BooleanField())


def _counted(asked: _Search) -> tuple[dict[str, Counter[str]], int]:
    """How many have each value under every *other* filter, and how many are under all of them."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in _CELLS}
    total, chosen = 0, asked.query.chosen
    for *cell, count in asked.cells():
        values = _values(cell)
        failing = [name for name in _CELLS if not _passes(name, values[name], chosen)]
        if not failing:
            total += count
        if len(failing) > 1:
            continue
        for name in failing or _CELLS:
            for value in values[name]:
                counts[name][value] += count
    return counts, total


def _values(cell: Sequence[Any]) -> dict[str, tuple[str, ...]]:
    """The values that the templates of a cell have, of each facet."""
    values: dict[str, tuple[str, ...]] = {
        name: (value,) for name, value in zip(_COLUMNS, cell, strict=False)
    }
    installed, *holds = cell[len(_COLUMNS) :]
    known = {name for name, held in zip(_ASKED, holds, strict=True) if held}
    known.update(values["standing"])
    values["badge"] = tuple(rule.name for rule in worn(known))
    values["installed"] = ("yes" if installed else "no",)
    return values


def _passes(name: str, values: Collection[str], chosen: Mapping[str, Sequence[str]]) -> bool:
    if name in chosen:
        return not set(values).isdisjoint(chosen[name])
    return name != "standing" or not USUAL.isdisjoint(values)


def _facet(name: str, counts: Counter[str], query: MarketplaceQuery) -> Facet:
    return facet_of(
        name,
        _TITLES[name],
        counts,
        query,
        _LABELS.get(name),
        only_found=name in {"standing", "badge", "visibility"},
        several=name == "badge",
    )
