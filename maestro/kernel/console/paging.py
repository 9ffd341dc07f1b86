"""Lists that stay quick over a million rows: counts that are bounded, pages that begin at a key."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import EmptyResultSet, ValidationError
from django.core.paginator import Paginator
from django.db import connections, models
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

PLATFORM = "platform"
MOST_COUNTED = 10_000  # rows
MOST_COST = 5_000.0  # the planner's units: about as many pages read from memory
BEFORE, AFTER = "before", "after"


class EstimatedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts what is counted cheaply; of the rest it takes the planner's estimate."""

    object_list: models.QuerySet[Any]
    known: int | None = None  # set by who has seen them all

    @cached_property
    def count(self) -> int:
        """How many rows: exact, unless `is_estimate`."""
        return self._counted[0]

    @property
    def is_estimate(self) -> bool:
        """Whether `count` is the planner's."""
        return self._counted[1]

    @property
    def count_text(self) -> str:
        """`count` as a person reads it."""
        return f"{self.count:,}"

    @cached_property
    def _counted(self) -> tuple[int, bool]:
        if self.known is not None:
            return self.known, False
        try:
            rows, cost = self._plan()
        except EmptyResultSet:  # no row can match, and Django asks nothing
            return 0, False
        if rows > MOST_COUNTED or cost > MOST_COST:
            return rows, True
        return self.object_list.order_by().count(), False

    def _plan(self) -> tuple[int, float]:
        """The rows and the cost that PostgreSQL expects of counting them."""
        wanted = self.object_list.order_by().values("pk")
        statement, values = wanted.query.get_compiler(wanted.db).as_sql()
        with connections[wanted.db].cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            plan = cursor.fetchone()[0][0]["Plan"]
        return int(plan["Plan Rows"]), float(plan["Total Cost"])


class KeysetPaginator(EstimatedPaginator):
    """For lists that are paged by key: the template shows newer and older instead of numbers."""

    template_name = "console/pagination.html"


class ConsoleChangeList(ChangeList):  # type: ignore[misc]
    """A list that loads no heavy column, names its rows' tenants by one query, and pages by key
    (`?before=<id>`, `?after=<id>`) where its admin says so: an offset of a million reads a million."""

    older_url = newer_url = ""

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> models.QuerySet[Any]:
        """The rows of all pages. The key is taken out of the parameters: no filter keeps it."""
        if not hasattr(self, "cursor"):
            self.cursor = {
                name: self.params.pop(name) for name in (BEFORE, AFTER) if name in self.params
            }
            for name in self.cursor:
                self.filter_params.pop(name, None)
        found: models.QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        return found.defer(*self.model_admin.heavy) if self.model_admin.heavy else found

    def get_results(self, request: HttpRequest) -> None:
        """The rows of this page."""
        if self.model_admin.keyset:
            self._by_key(request)
        else:
            super().get_results(request)
            self.result_list: list[Any] = list(self.result_list)
        # Known to be all that there is to say: the count stands at the foot of the list.
        self.full_result_count = self.result_count
        self.model_admin.name_tenants(self.result_list)

    def _by_key(self, request: HttpRequest) -> None:
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        size = self.list_per_page
        try:
            if AFTER in self.cursor:
                found = self.queryset.filter(pk__gt=self.cursor[AFTER]).order_by("pk")
                rows = list(found[: size + 1])
                more_newer, more_older = len(rows) > size, True
                rows = rows[:size][::-1]
            else:
                older = {"pk__lt": self.cursor[BEFORE]} if BEFORE in self.cursor else {}
                rows = list(self.queryset.filter(**older)[: size + 1])
                more_newer, more_older = bool(older), len(rows) > size
                rows = rows[:size]
        except (ValueError, ValidationError) as problem:
            raise IncorrectLookupParameters(problem) from None
        if rows and more_newer:
            self.newer_url = self.get_query_string({AFTER: rows[0].pk})
        if rows and more_older:
            self.older_url = self.get_query_string({BEFORE: rows[-1].pk})
        if not self.cursor and not more_older:
            self.paginator.known = len(rows)
        self.result_list = rows
        self.result_count = self.paginator.count
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True
