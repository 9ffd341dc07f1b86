"""The form that asks what something is read for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from governance.policy.rules import Purpose
from maestro.kernel.pages.picks import Option
from maestro.tenancy.pages.questions import SettingsForm, ask_purpose, settings_form


def reading_form(chosen: str, error: str = "", *, known: Iterable[Purpose]) -> SettingsForm:
    """One question: which purpose."""
    question = ask_purpose(chosen, error)
    options = (
        Option(each.name, _(each.title), each.name == chosen, _(each.description)) for each in known
    )
    asked = replace(
        question,
        label=_("What for?"),
        hint=_("It is recorded with what you read."),
        control="radio",
        options=tuple(options),
    )
    return settings_form([asked])
