"""Groups of the platform's people: what is granted to one is granted to its members."""

from __future__ import annotations

from typing import Any

import django.contrib.auth.admin  # noqa: F401 - registers a page of its own, which is taken down
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminTextareaWidget

from maestro.kernel.console import ConsoleAdmin, Panel, ServiceForm, link, listing
from maestro.kernel.console.shown import anchor
from maestro.tenancy.models import User
from maestro.tenancy.services.write_group import (
    MEMBERS,
    members_of_group,
    revision_of_group,
    write_group,
)

admin.site.unregister(Group)


class GroupForm(ServiceForm):
    """Make a group, or say who is in it."""

    members = forms.CharField(
        required=False,
        label="Members",
        widget=UnfoldAdminTextareaWidget,
        help_text="Addresses of the platform's people, one a line. Nobody: what is granted rests.",
    )
    looked_at = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Group
        fields = ["name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = members_of_group(self.instance)
        self.initial["members"] = "\n".join(members)
        self.initial["looked_at"] = revision_of_group(self.instance.name, members)

    def carry_out(self) -> Group:
        """By the service."""
        facts = self.cleaned_data
        return write_group(
            actor=self.actor,
            name=facts["name"],
            members=facts["members"].splitlines(),
            group_id=self.instance.pk,
            expected_revision=facts["looked_at"] if self.instance.pk else None,
        )


@admin.register(Group)
class GroupAdmin(ConsoleAdmin):
    """Groups of the platform's people. They are a way to grant something to several at once, and
    no role: what the group's members may do besides, their own roles say."""

    form = GroupForm
    adds = True
    editable = ["name", "members", "looked_at"]
    list_display = ["name", "people"]
    search_fields = ["name__istartswith"]
    search_ids = ["user__id"]
    ordering = ["name"]
    fieldsets = [(None, {"fields": ["name", "members", "looked_at", "granted", "purpose"]})]
    add_fieldsets = [(None, {"fields": ["name", "members", "looked_at", "purpose"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many people each has."""
        groups: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = groups.annotate(number_of_people=Count("user"))
        return counted

    @admin.display(description="People", ordering="number_of_people")
    def people(self, row: Any) -> int:
        """How many."""
        number: int = row.number_of_people
        return number

    @admin.display(description="What is granted to it")
    def granted(self, row: Group) -> SafeString:
        """The list of it."""
        url = listing("marketplace.TemplateGroupObjectPermission", group__id__exact=row.pk)
        return anchor(url, "grants on templates")

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Its people, and whether what is granted holds for them."""
        return [
            Panel.of(
                "People",
                ("Person", "Address", "What is granted"),
                User.objects.filter(groups=row).order_by("email"),
                lambda one: (link("tenancy.User", one.pk, one), one.email, _held_by(one)),
                empty="Nobody: what is granted to it holds for nobody.",
                most=MEMBERS,
            )
        ]


def _held_by(person: User) -> str:
    if not person.is_active:
        return "rests: they can't sign in"
    return "holds" if person.platform_roles else "rests: they have no role of the platform"
