"""The base of every model's page in the admin: whom it opens to, which role reads, what is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets, quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from maestro.kernel.console.actions import MOST_AT_ONCE, PurposeActionForm, RowAction
from maestro.kernel.console.forms import ServiceForm
from maestro.kernel.console.paging import (
    PLATFORM,
    ConsoleChangeList,
    EstimatedPaginator,
    KeysetPaginator,
)
from maestro.kernel.console.panels import Panel
from maestro.kernel.console.shown import link, pretty, when
from maestro.kernel.errors import MaestroError
from maestro.kernel.tenant import PLATFORM_TENANT

TYPED = "console_typed"  # in the session, from a refused action to the page that shows why


class ConsoleAdmin(ModelAdmin):  # type: ignore[misc]
    """Read by everybody of the platform, over all tenants; changed only by services.

    Tenant rows are read with the platform's own database role, which can write nothing.

    `keyset` lists are paged by key; `heavy` columns are not loaded in lists, `hidden` ones never
    and shown nowhere. `editable` fields are changed by `form`, a `ServiceForm`, by people with one
    of the `writers` roles; `adds` says that the form also makes rows. `row_actions` name methods
    marked with `row_action`.
    """

    show_full_result_count = False
    list_per_page = 30
    list_max_show_all = 0
    list_disable_select_all = True
    list_filter_submit = True
    compressed_fields = True
    change_form_outer_before_template = "console/row_actions.html"
    change_form_outer_after_template = "console/panels.html"
    warn_unsaved_form = True

    keyset = False
    heavy: Sequence[str] = ()
    hidden: Sequence[str] = ()
    editable: Sequence[str] = ()
    adds = False
    writers: frozenset[str] = frozenset({"platform_admin"})
    row_actions: Sequence[str] = ()
    search_ids: Sequence[str] = ("pk",)  # columns in which an id that is searched for may stand

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        purposes = staticmethod(admin_site.purposes)
        self.action_form = type("ActionForm", (PurposeActionForm,), {"purposes": purposes})
        for field in model._meta.fields:
            if isinstance(field, models.JSONField):
                self._show(field, pretty)
            elif isinstance(field, models.DateTimeField):
                self._show(field, when)

    def _show(self, field: models.Field[Any, Any], how: Any) -> None:
        """`shown_<field>` for lists and pages, as `how` shows it."""

        def shown(row: models.Model) -> SafeString:
            found: SafeString = how(getattr(row, field.attname))
            return found

        shown.short_description = capfirst(field.verbose_name)  # type: ignore[attr-defined]
        if self.sortable_by is None or field.name in self.sortable_by:
            shown.admin_order_field = field.name  # type: ignore[attr-defined]
        setattr(self, f"shown_{field.name}", shown)

    # --- which rows

    @property
    def of_tenants(self) -> bool:
        """Whether its rows belong to tenants."""
        return any(field.attname == "tenant_id" for field in self.model._meta.fields)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """All tenants' rows, for a tenant's table; the table, otherwise."""
        queryset: models.QuerySet[Any] = super().get_queryset(request)
        if self.hidden:
            queryset = queryset.defer(*self.hidden)
        return queryset.using(PLATFORM) if self.of_tenants else queryset

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """One row, with its tenant's name."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            self.name_tenants([found])
        return found

    def name_tenants(self, rows: Iterable[Any]) -> None:
        """Give each row its tenant's slug, by one query for all of them."""
        if not self.of_tenants:
            return
        rows = list(rows)
        slugs = self.admin_site.tenant_slugs({row.tenant_id for row in rows})
        for row in rows:
            row.tenant_slug = slugs.get(row.tenant_id, "")

    def tenant(self, row: Any) -> SafeString:
        """The row's tenant, by its slug."""
        if row.tenant_id == PLATFORM_TENANT:
            return SafeString("platform")
        return link("tenancy.Tenant", row.tenant_id, getattr(row, "tenant_slug", ""))

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """An id finds its row by index; other words go through `search_fields`."""
        try:
            wanted = UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return]
        found = models.Q()
        for name in self.search_ids:
            found |= models.Q(**{name: wanted})
        return queryset.filter(found), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ConsoleChangeList]:
        """Ours."""
        return ConsoleChangeList

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any
    ) -> EstimatedPaginator:
        """One that counts no million rows."""
        kind = KeysetPaginator if self.keyset else EstimatedPaginator
        return kind(queryset, per_page, *args, **kwargs)

    # --- who may what

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Shown to everybody of the platform."""
        return bool(platform_roles(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Read by everybody of the platform."""
        return bool(platform_roles(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Made by services: by the form, where it calls one."""
        return self.adds and bool(platform_roles(request) & self.writers)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Changed by services: by the form, where it calls one."""
        return bool(self.editable) and bool(platform_roles(request) & self.writers)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted here."""
        return False

    # --- the page of a row

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what only the form knows, for those who may not change anything."""
        fieldsets = super().get_fieldsets(request, obj)
        allowed = self.has_change_permission(request, obj) if obj else True
        if allowed or not issubclass(self.form, ServiceForm):
            return fieldsets
        shown = {field.name for field in self.model._meta.get_fields()}
        return [
            (
                name,
                {
                    **options,
                    "fields": [
                        one for one in options["fields"] if one in shown or hasattr(self, str(one))
                    ],
                },
            )
            for name, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything that is shown and not edited."""
        if self.fieldsets is None and self.fields is None:
            return super().get_readonly_fields(request, obj)
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        if obj is None and self.adds:
            return []
        edited = {*self.editable, "purpose"} if self.has_change_permission(request, obj) else set()
        return [name for name in shown if name not in edited]

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is hidden is in no form either."""
        return [*(super().get_exclude(request, obj) or ()), *self.hidden]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kw: Any
    ) -> Any:
        """A `ServiceForm` knows for whom it acts."""
        form = super().get_form(request, obj, change=change, **kw)
        if not issubclass(form, ServiceForm):
            return form
        return type(form.__name__, (form,), {"request": request, "console": self})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The service has done it already."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has done it already."""

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Related rows to show below."""
        return []

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """With the buttons and the related rows of the row."""
        if obj is not None:
            actions = [one for one in self._actions(request) if one.applies(obj)]
            context |= {
                "row_actions": actions,
                "act_url": reverse(self._act_name, args=[quote(str(obj.pk))]),
                "asks_rationale": any(one.rationale for one in actions),
                "purposes": self.admin_site.purposes() if actions else (),
                "typed": request.session.pop(TYPED, {}),
                "panels": self.panels(request, obj),
            }
        response: HttpResponse = super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )
        return response

    # --- what is done to rows

    def _actions(self, request: HttpRequest) -> list[RowAction]:
        roles = platform_roles(request)
        actions: list[RowAction] = [getattr(self, name).row_action for name in self.row_actions]
        return [action for action in actions if roles & action.roles]

    def get_urls(self) -> list[URLPattern]:
        """With the address that the buttons post to."""
        view = self.admin_site.admin_view(require_POST(self.act_view))
        name = self._act_name.removeprefix("admin:")
        return [path("<path:object_id>/act/", view, name=name), *super().get_urls()]

    @property
    def _act_name(self) -> str:
        return f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_act"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions of the list, in the order of `row_actions`."""
        return {
            action.name: (partial(_act_on_many, action), action.name, action.label)
            for action in self._actions(request)
            if action.many
        }

    def act_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Carry out one action on one row, and go back to its page."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        chosen = request.POST.get("act", "")
        action = next((one for one in self._actions(request) if one.name == chosen), None)
        if action is None:
            raise PermissionDenied
        typed = {name: request.POST.get(name, "") for name in ("purpose", "rationale")}
        try:
            said = self.carry_out(request, action, row, **typed)
        except MaestroError as refusal:
            request.session[TYPED] = typed
            self.message_user(request, f"{refusal.message} {refusal.hint}".strip(), messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
        return HttpResponseRedirect("../change/")

    def carry_out(
        self, request: HttpRequest, action: RowAction, row: Any, purpose: str, rationale: str = ""
    ) -> str:
        """Do it as the one who asks, in the row's tenant, and note it in the row's history."""
        tenant_id = getattr(row, "tenant_id", PLATFORM_TENANT)
        actor = self.admin_site.acting(request, tenant_id, purpose)
        said: str = getattr(self, action.name)(request, actor, row, rationale)
        self.log_change(request, row, f"{action.label}: {row} {action.done}.")
        return said


class LibraryAdmin(ConsoleAdmin):
    """A library's own table: read here, kept by the library."""


def platform_roles(request: HttpRequest) -> frozenset[str]:
    """The platform roles of the one who asks; none for anybody else."""
    user: Any = request.user
    if not (user.is_active and user.is_staff):
        return frozenset()
    return frozenset(user.platform_roles)


def _act_on_many(
    action: RowAction, console: ConsoleAdmin, request: HttpRequest, queryset: Any
) -> None:
    """Carry out an action on each chosen row: what can be done is, and the rest says why not."""
    rows = list(queryset[: MOST_AT_ONCE + 1])
    if len(rows) > MOST_AT_ONCE:
        text = f"At most {MOST_AT_ONCE} rows at once. Nothing was done."
        console.message_user(request, text, messages.ERROR)
        return
    console.name_tenants(rows)
    purpose, done = request.POST.get("purpose", ""), 0
    refused: dict[str, int] = {}
    for row in rows:
        try:
            console.carry_out(request, action, row, purpose)
        except MaestroError as refusal:
            text = f"{refusal.message} {refusal.hint}".strip()
            refused[text] = refused.get(text, 0) + 1
        else:
            done += 1
    opts = console.model._meta
    if done:
        name = opts.verbose_name if done == 1 else opts.verbose_name_plural
        console.message_user(request, f"{done} {name} {action.done}.", messages.SUCCESS)
    for text, number in refused.items():
        name = opts.verbose_name if number == 1 else opts.verbose_name_plural
        console.message_user(request, f"{number} {name} refused: {text}", messages.ERROR)
