"""The form of an installation: what was asked and answered. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.document_model import Document
from catalog.policies import hosts_asked
from governance.policy.answer import PolicyAnswer
from maestro.kernel.errors import Problem
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.answers import Answers, read_answers, same_answers
from maestro.runtime.pages.fields import Field
from maestro.runtime.pages.forms import first_values
from maestro.runtime.pages.preview import Rule, Verdict
from maestro.runtime.pages.run import run_form
from marketplace.pages.install_fields import host_fields, later_fields, limit_fields, place_fields
from marketplace.wanted import QUOTAS, Wanted

Posted = Mapping[str, Sequence[str]]

_NUMBER = re.compile("-?[0-9]{1,9}")
_SECTIONS = {
    "place": ("/name", "/channel", "/environment", "/region", "/number"),
    "parameters": ("/parameters", "/policies/asked"),
    "secrets": ("/secrets", "/endpoints", "/hosts"),
    "limits": ("/quotas", "/policies"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form was sent with. `answers` hold what the run form's machinery reads.

    `numbers` are the texts in the fields for numbers, by the field's name, as they were typed.
    """

    wanted: Wanted
    answers: Answers
    problems: tuple[Problem, ...] = ()
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same for the same form, which installs once however often it is sent."""
        return f"form:{self.answers.nonce}"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form, and how much is wrong in it."""

    id: str
    title: str
    fields: tuple[Field, ...]
    note: str
    wrong: int


@dataclass(frozen=True, slots=True)
class InstallForm:
    """The form to show; `summary` holds everything that is wrong, in the order of the page."""

    sections: tuple[Section, ...]
    summary: tuple[Wrong, ...]


def first_asked(
    document: Document, *, name: str, environments: Sequence[str], regions: Sequence[str]
) -> Asked:
    """What a new form holds: the document's defaults, and what there is only one of."""
    values = first_values(document.parameters, {})
    return Asked(
        Wanted(
            name=name,
            parameters=values,
            hosts=tuple(hosts_asked(document, {})),
            environment=environments[0] if len(environments) == 1 else "",
            region=regions[0] if len(regions) == 1 else "",
        ),
        Answers(values=values),
    )


def asked_now(document: Document, wanted: Wanted) -> Asked:
    """What the form of an installation holds: what it is."""
    answers = same_answers(
        document,
        parameters=wanted.parameters,
        secrets=wanted.secrets,
        endpoints=wanted.endpoints,
        purpose="",
    )
    return Asked(wanted, answers)


def kept(asked: Asked, now: Wanted) -> Asked:
    """What was asked of an installation that is `now`: its name, and the secrets not picked anew."""
    secrets = {**now.secrets, **asked.wanted.secrets}
    wanted = replace(asked.wanted, name=now.name, secrets=secrets)
    return replace(asked, wanted=wanted, answers=replace(asked.answers, secrets=secrets))


def read_asked(document: Document, posted: Posted, *, zone: tzinfo = UTC) -> Asked:
    """What was sent; problems are of what could not be understood."""
    answers = read_answers(document, posted, zone=zone)
    quotas, policies = {}, _policies(posted)
    asked = set(policies.get("asked", ()))
    later = {f"/parameters/{name}" for name in asked}
    problems = [one for one in answers.problems if one.path not in later]
    for name in QUOTAS:
        number = _number(posted, f"quota.{name}", f"/quotas/{name}", problems)
        if number is not None:
            quotas[name] = number
    approvals = _number(posted, "approvals", "/policies/approvals", problems)
    if approvals:
        policies["approvals"] = approvals
    values = dict(answers.values or {})
    wanted = Wanted(
        name=_one(posted, "name"),
        channel=_one(posted, "channel"),
        parameters={name: value for name, value in values.items() if name not in asked},
        secrets=answers.secrets,
        endpoints=answers.endpoints,
        hosts=_lines(posted, "hosts"),
        environment=_one(posted, "environment"),
        region=_one(posted, "region"),
        quotas=quotas,
        policies=policies,
    )
    numbers = {
        name: _one(posted, name) for name in ("approvals", *(f"quota.{one}" for one in QUOTAS))
    }
    return Asked(wanted, answers, tuple(problems), numbers)


def _policies(posted: Posted) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("purposes", "asked"):
        if chosen := [text.strip() for text in posted.get(name, ()) if text.strip()]:
            found[name] = chosen
    for name in ("teams", "approval_teams"):
        if lines := _lines(posted, name):
            found[name] = list(lines)
    return found


def install_form(
    document: Document,
    asked: Asked,
    problems: Iterable[Problem] = (),
    *,
    environments: Sequence[str],
    regions: Sequence[str],
    stored: Sequence[tuple[str, str]],
    purposes: Sequence[tuple[str, str]],
    numbers: Sequence[str] = (),
    number: str = "",
    zone: tzinfo = UTC,
) -> InstallForm:
    """The form with the answers in it, and each of `problems` at its question.

    Without a `number` it is that of what is installed, whose name and version are settled.
    """
    problems = tuple(dict.fromkeys(problems))
    inner = [one for one in problems if one.path.startswith(_INNER)]
    run = run_form(document, asked.answers, inner, stored=stored, purposes=[], zone=zone)
    texts: dict[str, str] = {}
    for one in problems:
        if not one.path.startswith(_INNER):
            texts.setdefault(_placed(one.path), f"{one.message} {one.hint}".strip())
    wanted = asked.wanted
    places = place_fields(wanted, texts, numbers, number, environments, regions)
    limits = limit_fields(wanted, texts, purposes, asked.numbers)
    hosts = host_fields(wanted, texts)
    later = later_fields(document, wanted, texts)
    parts = (
        ("place", _("Place"), places, wanted.environment),
        ("parameters", _("Parameters"), (*run.form.fields, *later), ""),
        (
            "secrets",
            _("Secrets and endpoints"),
            (*run.secrets, *run.endpoints, *run.advanced, *hosts),
            "",
        ),
        ("limits", _("Policies and quotas"), limits, ""),
    )
    sections = tuple(
        Section(name, title, fields, note, _wrong(name, problems))
        for name, title, fields, note in parts
    )
    own = (*places, *later, *hosts, *limits)
    summary = (
        *(Wrong(f"{each.label}: {each.error}", each.target) for each in places if each.error),
        *run.form.summary,
        *(
            Wrong(f"{each.label}: {each.error}", each.target)
            for each in own[len(places) :]
            if each.error
        ),
        *(Wrong(text, "") for path, text in texts.items() if path not in _PLACED),
    )
    return InstallForm(sections, summary)


_INNER = ("/parameters", "/secrets", "/endpoints")
_PLACED = frozenset(
    {
        "/name",
        "/number",
        "/channel",
        "/environment",
        "/region",
        "/hosts",
        "/policies/asked",
        "/policies/purposes",
        "/policies/teams",
        "/policies/approvals",
        "/policies/approval_teams",
        *(f"/quotas/{name}" for name in QUOTAS),
    }
)


def _placed(path: str) -> str:
    return "/hosts" if path.startswith("/hosts/") else path


def _wrong(section: str, problems: Iterable[Problem]) -> int:
    def of(path: str) -> str:
        return next(
            (
                name
                for name, starts in _SECTIONS.items()
                if any(path == one or path.startswith(f"{one}/") for one in starts)
            ),
            "",
        )

    return sum(of(one.path) == section for one in problems)


def verdict_of(
    answer: PolicyAnswer, wrong: int, *, installed: bool = False
) -> tuple[Verdict, tuple[Rule, ...]]:
    """What policy says to the installation, or to its change when it is installed; each reason."""
    if not answer.allow:
        return (
            Verdict("refused", _("Policy would refuse it"), _refused(len(answer.deny), installed)),
            tuple(Rule("refused", one.message, one.code, one.control) for one in answer.deny),
        )
    granted = Rule("allowed", _("Every host that it reaches is granted and allowed"))
    rules: tuple[Rule, ...] = (
        Rule("allowed", _("You may install it here"), "installation.create"),
        Rule("allowed", _("Its signature verifies, and it is not withdrawn")),
        granted,
    )
    if installed:  # policy asks for its release when one is chosen, and at each run
        may = Rule("allowed", _("You may change what it runs with"), "installation.configure")
        rules = (may, granted)
    if wrong:
        text = ngettext(
            "Answer %(count)s question first.", "Answer %(count)s questions first.", wrong
        )
        return Verdict("needs_approval", _("Policy would allow it"), text % {"count": wrong}), rules
    ready = _("It can be changed now.") if installed else _("It can be installed now.")
    return Verdict("allowed", _("Policy would allow it"), ready), rules


def _refused(count: int, installed: bool) -> str:
    if installed:
        text = ngettext(
            "Nothing would be changed, for %(count)s reason.",
            "Nothing would be changed, for %(count)s reasons.",
            count,
        )
    else:
        text = ngettext(
            "Nothing would be installed, for %(count)s reason.",
            "Nothing would be installed, for %(count)s reasons.",
            count,
        )
    return text % {"count": count}


def _number(posted: Posted, name: str, path: str, problems: list[Problem]) -> int | None:
    text = _one(posted, name)
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        problems.append(Problem(path, _("Give a whole number."), "not_a_number"))
        return None
    return int(text)


def _lines(posted: Posted, name: str) -> tuple[str, ...]:
    text = next(iter(posted.get(name, ())), "").replace("\x00", "")
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _one(posted: Posted, name: str) -> str:
    return next(iter(posted.get(name, ())), "").replace("\x00", "").strip()
