"""What a tenant lets its work reach, and when: the form about it, and how it reads. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as marked

from governance.policy.rules import TenantData, WorkingHours
from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import Option
from maestro.tenancy.pages.questions import (
    Question,
    SettingsForm,
    ask_purpose,
    choices,
    errors_of,
    settings_form,
)
from maestro.tenancy.pages.zones import zone_names

PARTS = (
    ("allowed_hosts", marked("Hosts"), marked("One a line, such as api.example.com or db:5432.")),
    ("environments", marked("Environments"), marked("One a line, such as production.")),
    ("regions", marked("Regions"), marked("One a line, such as eu.")),
    (
        "quota_limits",
        marked("Quota limits"),
        marked("One a line: a name and a number, such as executions_per_day 1000."),
    ),
)
HOURS = "hours"
DAYS = (
    marked("Monday"), marked("Tuesday"), marked("Wednesday"), marked("Thursday"),
    marked("Friday"), marked("Saturday"), marked("Sunday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DataAnswers:
    """What the form was sent with. `limited` are the parts that are limited, `texts` what was
    written about each; a part that is limited and says nothing allows nothing."""

    limited: frozenset[str] = frozenset()
    texts: Mapping[str, str] | None = None
    timezone: str = ""
    days: tuple[str, ...] = ()
    begins: str = ""
    ends: str = ""
    revision: str = ""
    purpose: str = ""


def read_data_form(posted: Mapping[str, Sequence[str]]) -> DataAnswers:
    """What was sent. What is written about a part limits it, ticked or not."""

    def first(name: str) -> str:
        return (posted.get(name) or [""])[0].replace("\x00", "").strip()

    texts = {name: first(name) for name, _label, _hint in PARTS}
    ticked = {name for name in posted.get("limited", ()) if name in {*texts, HOURS}}
    written = {name for name, text in texts.items() if text}
    return DataAnswers(
        limited=frozenset(ticked | written),
        texts=texts,
        timezone=first("timezone"),
        days=tuple(posted.get("days", ())),
        begins=first("begins"),
        ends=first("ends"),
        revision=first("revision"),
        purpose=first("purpose"),
    )


def answers_of(data: TenantData) -> DataAnswers:
    """What is in force, as the form would say it."""
    kept, hours = data.as_dict(), data.hours
    limits = data.quota_limits or {}
    texts = {
        name: "\n".join(kept[name] or ()) for name in ("allowed_hosts", "environments", "regions")
    }
    texts["quota_limits"] = "\n".join(f"{name} {most}" for name, most in limits.items())
    return DataAnswers(
        limited=frozenset(name for name, value in kept.items() if value is not None),
        texts=texts,
        timezone=hours.timezone if hours else "",
        days=tuple(str(day) for day in hours.days) if hours else (),
        begins=hours.begins if hours else "",
        ends=hours.ends if hours else "",
        revision=str(data.revision),
    )


def data_of(answers: DataAnswers) -> tuple[TenantData, list[Problem]]:
    """What was meant, and what of it can't be read as anything."""
    texts = answers.texts or {}
    problems: list[Problem] = []

    def listed(name: str) -> tuple[str, ...] | None:
        return tuple(texts[name].split()) if name in answers.limited else None

    limits: dict[str, int] = {}
    for line in texts.get("quota_limits", "").splitlines():
        name, _space, number = line.strip().rpartition(" ")
        if name and number.isascii() and number.isdigit():
            limits[name.strip()] = int(number[:12])
        elif line.strip():
            text = _("“%(line)s” is no name with a number.") % {"line": line.strip()[:80]}
            problems.append(Problem("/quota_limits", text, "invalid_limit"))
    hours = None
    if HOURS in answers.limited:
        days = tuple(int(day) for day in answers.days if day in {*"1234567"})
        hours = WorkingHours(answers.timezone, days, answers.begins, answers.ends)
    data = TenantData(
        allowed_hosts=listed("allowed_hosts"),
        environments=listed("environments"),
        regions=listed("regions"),
        hours=hours,
        quota_limits=limits if "quota_limits" in answers.limited else None,
    )
    return data, problems


def data_form(answers: DataAnswers, problems: Iterable[Problem] = ()) -> SettingsForm:
    """The form; a problem of the hours stands at what it is about."""
    problems = tuple(
        Problem(each.path.removeprefix("/hours"), each.message, each.code, each.hint)
        for each in problems
    )
    return settings_form(_questions(answers, errors_of(problems)), problems)


def in_force(data: TenantData) -> Iterator[tuple[str, str]]:
    """(name, value) of each part, for people."""
    kept = data.as_dict()
    for name, label, _hint in PARTS[:3]:
        yield _(label), _said(kept[name])
    yield _("Working hours"), _hours(data.hours)
    limits = data.quota_limits
    lines = None if limits is None else [f"{name} {most}" for name, most in limits.items()]
    yield _(PARTS[3][1]), _said(lines, everything=_("no limit"))


def _said(values: Sequence[str] | None, *, everything: str = "") -> str:
    if values is None:
        return everything or _("all")
    return ", ".join(values) or _("none")


def _hours(hours: WorkingHours | None) -> str:
    if hours is None:
        return _("at any time")
    days = ", ".join(_(DAYS[day - 1]) for day in sorted(hours.days))
    return f"{days}, {hours.begins}–{hours.ends} ({hours.timezone})"


def _questions(answers: DataAnswers, texts: Mapping[str, str]) -> Iterator[Question]:
    labels = [*((name, label) for name, label, _hint in PARTS), (HOURS, marked("Working hours"))]
    yield Question(
        "limited",
        _("What is limited"),
        "checkboxes",
        required=False,
        hint=_("What is not ticked is not limited. What is ticked and left empty allows nothing."),
        options=tuple(Option(name, _(label), name in answers.limited) for name, label in labels),
    )
    for name, label, hint in PARTS:
        yield Question(
            name,
            _(label),
            "textarea",
            required=False,
            hint=_(hint),
            error=texts.get(name, ""),
            value=(answers.texts or {}).get(name, ""),
            attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"},
        )
    yield Question(
        "days",
        _("Days"),
        "checkboxes",
        required=False,
        hint=_("High risk runs in production on these days, within these hours."),
        error=texts.get("days", ""),
        options=tuple(
            Option(str(place), _(day), str(place) in answers.days)
            for place, day in enumerate(DAYS, 1)
        ),
    )
    for name, label in (("begins", _("Begins")), ("ends", _("Ends"))):
        yield Question(
            name,
            label,
            required=False,
            hint=_("Hours and minutes, such as 08:30."),
            error=texts.get(name, ""),
            value=getattr(answers, name),
            attrs={"autocomplete": "off", "maxlength": "5"},
        )
    yield Question(
        "timezone",
        _("Time zone"),
        "select",
        required=False,
        error=texts.get("timezone", ""),
        options=choices(
            [(zone, zone) for zone in zone_names()],
            {answers.timezone},
            prompt=_("Choose a time zone"),
        ),
    )
    yield ask_purpose(answers.purpose, texts.get("purpose", ""))
