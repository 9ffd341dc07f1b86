"""A publisher's groups of partners: their list, the form of one, what taking one away does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Standing, Visibility, WorkflowTemplate
from maestro.kernel.errors import Problem
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    ask_purpose,
    errors_of,
    settings_form,
)
from marketplace.pages.listing import release_url
from marketplace.services.audience import GROUP
from marketplace.services.show_partner_groups import NamedBy, ShownGroup

TEMPLATES_SHOWN, PARTNERS_SHOWN = 3, 12
PURPOSE = "platform.operations"


def groups_page(groups: Sequence[ShownGroup], why_not: str) -> dict[str, Any]:
    """The context of `marketplace/partner_groups.html`."""
    return {"groups": [_line(group) for group in groups], "why_not": why_not}


def new_group_page(
    given: Mapping[str, str], problems: Iterable[Problem] = (), *, why_not: str, gone: bool = False
) -> dict[str, Any]:
    """The context of `marketplace/partner_group.html` for a group that is to be made. `gone` says
    that it was there, and somebody took it away."""
    return {
        "group": None,
        "at": "",
        "why_not": why_not,
        "gone": gone,
        "form": _form(given, tuple(problems)),
    }


def group_page(
    group: ShownGroup,
    given: Mapping[str, str] | None = None,
    problems: Iterable[Problem] = (),
    *,
    why_not: str,
    late: bool = False,
) -> dict[str, Any]:
    """The context of `marketplace/partner_group.html`: as it is, or as it was sent in `given`.

    A form that came too late stays so: what is there now is looked at before it is changed.
    """
    now = {"name": group.name, "members": "\n".join(group.members)}
    return {
        "group": _shown(group),
        "at": group.revision if given is None else given.get("at", ""),
        "why_not": why_not,
        "late": late,
        "change": _change(group),
        "form": _form(now if given is None else given, tuple(problems)),
    }


def taking_page(
    group: ShownGroup,
    given: Mapping[str, str],
    problems: Iterable[Problem] = (),
    *,
    why_not: str,
    late: bool = False,
) -> dict[str, Any]:
    """The context of `marketplace/partner_group_delete.html`."""
    problems = tuple(problems)
    purpose = ask_purpose(given.get("purpose", PURPOSE), errors_of(problems).get("purpose", ""))
    return {
        "group": _shown(group),
        "at": group.revision,
        "why_not": why_not,
        "late": late,
        "change": _change(group),
        "losses": [_loss(each) for each in group.named_by],
        "form": settings_form([purpose], problems),
    }


def _line(group: ShownGroup) -> dict[str, Any]:
    return _named(group) | {
        "partners": len(group.members),
        "templates": [_template(each.template) for each in group.named_by[:TEMPLATES_SHOWN]],
        "more": max(0, len(group.named_by) - TEMPLATES_SHOWN),
    }


def _shown(group: ShownGroup) -> dict[str, Any]:
    return _named(group) | {
        "members": group.members,
        "templates": [_template(each.template) for each in group.named_by],
        "delete_url": reverse("marketplace:partner-group-delete", args=[group.id]),
    }


def _named(group: ShownGroup) -> dict[str, str]:
    return {
        "name": group.name,
        "written": f"{GROUP}{group.name}",
        "url": reverse("marketplace:partner-group", args=[group.id]),
    }


def _template(template: WorkflowTemplate) -> dict[str, Any]:
    listed = template.standing != Standing.UNLISTED
    address = (template.publisher, template.slug)
    return {
        "title": template.title,
        "url": release_url(*address) if listed else reverse("catalog:detail", args=address),
        "is_listed": listed,
    }


def _loss(named: NamedBy) -> dict[str, Any]:
    """Who no longer finds a template without the group; or why nobody is concerned."""
    listed = named.template.standing != Standing.UNLISTED
    alone = named.only_here if listed else ()
    if not listed:
        why = _("It is not published yet. It will be for those that it still names.")
    elif named.template.visibility != Visibility.PARTNERS:
        why = _("It is not for named partners now, so nobody finds it less.")
    else:
        why = _("Its partners are all named in another way too, so they still find it.")
    return _template(named.template) | {
        "count": len(alone),
        "partners": alone[:PARTNERS_SHOWN],
        "more": max(0, len(alone) - PARTNERS_SHOWN),
        "why": "" if alone else why,
    }


def _change(group: ShownGroup) -> dict[str, Any] | None:
    last = group.changed
    if last is None:
        return None
    url = reverse("tenancy:receipt", args=[last.pk])
    return {"by": last.actor_name, "at": last.created_at, "url": url}


def _form(given: Mapping[str, str], problems: tuple[Problem, ...]) -> SettingsForm:
    errors = errors_of(problems)
    questions = [
        Question(
            "name",
            _("Name"),
            hint=_("Lower-case letters, digits and hyphens, such as resellers."),
            error=errors.get("name", ""),
            value=given.get("name", ""),
            attrs={"maxlength": "63", "autocapitalize": "none", "spellcheck": "false"},
        ),
        Question(
            "members",
            _("Partners"),
            "textarea",
            hint=_(
                "Tenants’ short names, one a line. Ask them for it: whether a tenant has it is not"
                " told here."
            ),
            error=errors.get("members", ""),
            value=given.get("members", ""),
            attrs={"autocapitalize": "none", "spellcheck": "false"},
        ),
        ask_purpose(given.get("purpose", PURPOSE), errors.get("purpose", "")),
    ]
    return settings_form(questions, problems)
