"""The form of an installation: what was asked and answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.document_model import Document
from catalog.policies import hosts_asked
from governance.policy.answer import PolicyAnswer
from maestro.kernel.errors import Problem
from maestro.runtime.pages.fields import Field, Option, Wrong
from maestro.runtime.pages.forms import first_values, pick
from maestro.runtime.pages.preview import Rule, Verdict
from maestro.runtime.pages.run import Answers, read_answers, run_form
from marketplace.models import Channel
from marketplace.wanted import QUOTAS, Wanted

Posted = Mapping[str, Sequence[str]]

_SECTIONS = {
    "place": ("/name", "/channel", "/environment", "/region", "/number"),
    "parameters": ("/parameters", "/policies/asked"),
    "secrets": ("/secrets", "/endpoints", "/hosts"),
    "limits": ("/quotas", "/policies"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form was sent with. `answers` hold what the run form's machinery reads."""

    wanted: Wanted
    answers: Answers
    problems: tuple[Problem, ...] = ()

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
    return Asked(wanted, answers, tuple(problems))


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
    numbers: Sequence[str],
    number: str,
    environments: Sequence[str],
    regions: Sequence[str],
    stored: Sequence[tuple[str, str]],
    purposes: Sequence[tuple[str, str]],
    zone: tzinfo = UTC,
) -> InstallForm:
    """The form with the answers in it, and each of `problems` at its question."""
    problems = tuple(dict.fromkeys(problems))
    inner = [one for one in problems if one.path.startswith(_INNER)]
    run = run_form(document, asked.answers, inner, stored=stored, purposes=[], zone=zone)
    texts: dict[str, str] = {}
    for one in problems:
        if not one.path.startswith(_INNER):
            texts.setdefault(_placed(one.path), f"{one.message} {one.hint}".strip())
    wanted = asked.wanted
    places = _places(wanted, texts, numbers, number, environments, regions)
    limits = _limits(wanted, texts, purposes)
    hosts = _hosts(wanted, texts)
    later = _later(document, wanted, texts)
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


def _places(
    wanted: Wanted,
    texts: Mapping[str, str],
    numbers: Sequence[str],
    number: str,
    environments: Sequence[str],
    regions: Sequence[str],
) -> tuple[Field, ...]:
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
    return (
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


def _later(document: Document, wanted: Wanted, texts: Mapping[str, str]) -> tuple[Field, ...]:
    names = list(document.parameters.get("properties", {}))
    if not names:
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
            options=tuple(Option(name, name, name in wanted.asked) for name in names),
        ),
    )


def _hosts(wanted: Wanted, texts: Mapping[str, str]) -> tuple[Field, ...]:
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


def _limits(
    wanted: Wanted, texts: Mapping[str, str], purposes: Sequence[tuple[str, str]]
) -> tuple[Field, ...]:
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
            str(policies.get("approvals", "")),
            texts.get("/policies/approvals", ""),
            _("Besides what policy and the workflow ask for."),
        ),
        _names("approval_teams", _("Of these teams"), policies, texts),
        _count(
            "quota.concurrent",
            _("Runs at once, at most"),
            str(wanted.quotas.get("concurrent", "")),
            texts.get("/quotas/concurrent", ""),
        ),
        _count(
            "quota.per_day",
            _("Runs in 24 hours, at most"),
            str(wanted.quotas.get("per_day", "")),
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
        control="number",
        hint=hint or _("Nothing: no limit."),
        error=error,
        value=value,
        attrs={"min": "0", "inputmode": "numeric"},
    )


def verdict_of(answer: PolicyAnswer, wrong: int) -> tuple[Verdict, tuple[Rule, ...]]:
    """What policy says to the installation, and each reason."""
    if not answer.allow:
        text = ngettext(
            "Nothing would be installed, for %(count)s reason.",
            "Nothing would be installed, for %(count)s reasons.",
            len(answer.deny),
        )
        return (
            Verdict("refused", _("Policy would refuse it"), text % {"count": len(answer.deny)}),
            tuple(Rule("refused", one.message, one.code, one.control) for one in answer.deny),
        )
    rules = (
        Rule("allowed", _("You may install it here"), "installation.create"),
        Rule("allowed", _("Its signature verifies, and it is not withdrawn")),
        Rule("allowed", _("Every host that it reaches is granted and allowed")),
    )
    if wrong:
        text = ngettext(
            "Answer %(count)s question first.", "Answer %(count)s questions first.", wrong
        )
        return Verdict("needs_approval", _("Policy would allow it"), text % {"count": wrong}), rules
    return Verdict("allowed", _("Policy would allow it"), _("It can be installed now.")), rules


def _number(posted: Posted, name: str, path: str, problems: list[Problem]) -> int | None:
    text = _one(posted, name)
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        problems.append(Problem(path, _("Give a whole number."), "not_a_number"))
        return None
    return int(text)


def _lines(posted: Posted, name: str) -> tuple[str, ...]:
    text = next(iter(posted.get(name, ())), "").replace("\x00", "")
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _one(posted: Posted, name: str) -> str:
    return next(iter(posted.get(name, ())), "").replace("\x00", "").strip()
