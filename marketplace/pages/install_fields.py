"""The questions of an installation besides its parameters, secrets and endpoints. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from catalog.document_model import Document
from maestro.kernel.pages.picks import Option
from maestro.runtime.pages.fields import Field
from maestro.runtime.pages.forms import pick
from marketplace.models import Channel
from marketplace.wanted import Wanted


def place_fields(
    wanted: Wanted,
    texts: Mapping[str, str],
    numbers: Sequence[str],
    number: str,
    environments: Sequence[str],
    regions: Sequence[str],
) -> tuple[Field, ...]:
    """Where it is to be; without `number` its name and version are not asked for."""
    region = (
        pick(
            "region",
            _("Region"),
            [(one, one) for one in regions],
            value=wanted.region,
            hint=_("Policy lets work of this tenant run in these."),
            error=texts.get("/region", ""),
        )
        if regions
        else _text("region", _("Region"), wanted.region, texts, hint=_("For example eu-west."))
    )
    which = (
        _text(
            "name",
            _("Name"),
            wanted.name,
            texts,
            hint=_("Lower-case letters, digits and hyphens. It stands in its address."),
            required=True,
        ),
        pick(
            "number",
            _("Version"),
            [(one, one) for one in (numbers if number in numbers else (number, *numbers))],
            value=number,
            hint=_("Check after you choose another one: it may ask for something else."),
            error=texts.get("/number", ""),
            prompt="",
        ),
    )
    return (
        *(which if number else ()),
        Field(
            name="channel",
            path="",
            id="f-channel",
            label=_("New versions"),
            control="radio",
            required=True,
            hint=_("A major version, or one that reaches more, never comes by itself."),
            error=texts.get("/channel", ""),
            options=tuple(
                Option(value, _(label), value == wanted.channel) for value, label in Channel.choices
            ),
        ),
        pick(
            "environment",
            _("Environment"),
            [(one, _(one)) for one in environments],
            value=wanted.environment,
            error=texts.get("/environment", ""),
        ),
        region,
    )


def later_fields(document: Document, wanted: Wanted, texts: Mapping[str, str]) -> tuple[Field, ...]:
    """Which parameters each run gives itself."""
    titles = {
        name: asked.get("title", name) if isinstance(asked, Mapping) else name
        for name, asked in document.parameters.get("properties", {}).items()
    }
    if not titles:
        return ()
    return (
        Field(
            name="asked",
            path="",
            id="f-asked",
            label=_("Asked at each run"),
            control="checkboxes",
            hint=_("What you tick need not be answered here."),
            error=texts.get("/policies/asked", ""),
            options=tuple(
                Option(name, title, name in wanted.asked) for name, title in titles.items()
            ),
        ),
    )


def host_fields(wanted: Wanted, texts: Mapping[str, str]) -> tuple[Field, ...]:
    """The hosts that it is granted."""
    return (
        Field(
            name="hosts",
            path="",
            id="f-hosts",
            label=_("Granted hosts"),
            control="textarea",
            hint=_("One a line. It reaches these and no others, whatever its endpoints say."),
            error=texts.get("/hosts", ""),
            value="\n".join(wanted.hosts or ()),
            attrs={"autocomplete": "off", "spellcheck": "false"},
        ),
    )


def limit_fields(
    wanted: Wanted,
    texts: Mapping[str, str],
    purposes: Sequence[tuple[str, str]],
    typed: Mapping[str, str],
) -> tuple[Field, ...]:
    """Who may run it, how often, and with whose approval. `typed` are numbers as they were typed."""
    policies = wanted.policies
    chosen = policies.get("purposes", ())
    return (
        Field(
            name="purposes",
            path="",
            id="f-purposes",
            label=_("For these purposes alone"),
            control="checkboxes",
            hint=_("None ticked: for every purpose."),
            error=texts.get("/policies/purposes", ""),
            options=tuple(Option(name, label, name in chosen) for name, label in purposes),
        ),
        _names("teams", _("By these teams alone"), policies, texts),
        _count(
            "approvals",
            _("People who must approve a run"),
            typed.get("approvals", str(policies.get("approvals", ""))),
            texts.get("/policies/approvals", ""),
            _("Besides what policy and the workflow ask for."),
        ),
        _names("approval_teams", _("Of these teams"), policies, texts),
        _count(
            "quota.concurrent",
            _("Runs at once, at most"),
            typed.get("quota.concurrent", str(wanted.quotas.get("concurrent", ""))),
            texts.get("/quotas/concurrent", ""),
        ),
        _count(
            "quota.per_day",
            _("Runs in 24 hours, at most"),
            typed.get("quota.per_day", str(wanted.quotas.get("per_day", ""))),
            texts.get("/quotas/per_day", ""),
        ),
    )


def _text(
    name: str,
    label: str,
    value: str,
    texts: Mapping[str, str],
    *,
    hint: str = "",
    required: bool = False,
) -> Field:
    return Field(
        name=name,
        path="",
        id=f"f-{name}",
        label=label,
        control="text",
        required=required,
        hint=hint,
        error=texts.get(f"/{name}", ""),
        value=value,
        attrs={"autocomplete": "off", "maxlength": "63"},
    )


def _names(name: str, label: str, policies: Mapping[str, Any], texts: Mapping[str, str]) -> Field:
    return Field(
        name=name,
        path="",
        id=f"f-{name}",
        label=label,
        control="textarea",
        hint=_("One a line. None: any team."),
        error=texts.get(f"/policies/{name}", ""),
        value="\n".join(policies.get(name, ())),
    )


def _count(name: str, label: str, value: str, error: str, hint: str = "") -> Field:
    return Field(
        name=name,
        path="",
        id=f"f-{name.replace('.', '-')}",
        label=label,
        # Of what is no number an input of that type sends nothing, and nothing is no limit.
        control="text",
        hint=hint or _("Nothing: no limit."),
        error=error,
        value=value,
        attrs={"inputmode": "numeric", "autocomplete": "off"},
    )
