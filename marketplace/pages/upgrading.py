"""The page of an upgrade: what it changes, what it needs, and what was answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.changes import Klass
from catalog.document_model import Document
from catalog.migration_rules import Done, Note
from catalog.pages.judging import judging, reaching
from governance.policy.answer import PolicyAnswer
from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import names
from maestro.runtime.pages.fields import Field, Form, Option, Wrong
from maestro.runtime.pages.preview import Rule, Verdict
from maestro.runtime.pages.preview import simulated as shown_simulation
from maestro.runtime.pages.run import ENDPOINT, Answers, Posted, read_answers, run_form
from marketplace.pages.upgrade_bindings import endpoint_rows, is_new, secret_rows
from marketplace.policies import ABOUT_THE_PERSON
from marketplace.services.check_installation import Checked
from marketplace.services.prepare_upgrade import Overrides, PreparedUpgrade
from marketplace.services.simulate_upgrade import SimulatedUpgrade

_INNER = ("/parameters", "/secrets", "/endpoints")
BADGES = {
    Klass.BREAKING: "breaking",
    Klass.CAPABILITY: "reaches_more",
    Klass.COMPATIBLE: "compatible",
}
_DONE = {
    Done.RENAMED: ("done", gettext_lazy("Renamed")),
    Done.SET: ("done", gettext_lazy("Converted")),
    Done.FILLED: ("done", gettext_lazy("Filled in by a rule")),
    Done.REMOVED: ("skipped", gettext_lazy("Removed by a rule")),
    Done.LEFT_OUT: ("skipped", gettext_lazy("Not asked for any more")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter before and after. `state` is of the mark in front of `how`.

    `has_before` and `has_after` tell nothing from a value that is null.
    """

    name: str
    was_called: str
    before: Any
    has_before: bool
    after: Any
    has_after: bool
    state: str
    how: str


@dataclass(frozen=True, slots=True)
class UpgradeForm:
    """What is asked: `needed` first, then what has an answer already, folded away."""

    form: Form
    hosts: Field | None
    needed: tuple[Field, ...]
    others: tuple[Field, ...]

    @property
    def others_open(self) -> bool:
        """Whether something is wrong with what is folded away."""
        return any(each.error for each in self.others)


def first_answers(found: PreparedUpgrade) -> Answers:
    """What a new form holds: what the rules made of what the installation was given."""
    wanted = found.checked.wanted
    return Answers(
        values=dict(wanted.parameters), secrets=wanted.secrets, endpoints=wanted.endpoints
    )


def read_upgrade(
    document: Document, posted: Posted, *, granted: Sequence[str], zone: tzinfo = UTC
) -> tuple[Answers, Overrides]:
    """What was sent, and what it means. `granted` are the hosts that are granted already."""
    answers = read_answers(document, posted, zone=zone)
    # The form has every endpoint: one that is given the author's address goes back to it.
    defaults = {
        name: one.default
        for name, one in document.endpoints.items()
        if one.default and f"{ENDPOINT}{name}" in posted
    }
    ticked = [text.replace("\x00", "")[:261] for text in posted.get("host", ())][:200]
    overrides = Overrides(
        parameters={} if answers.values is None else dict(answers.values),
        secrets=answers.secrets,
        endpoints={**defaults, **answers.endpoints},
        hosts=tuple(dict.fromkeys([*granted, *ticked])),
        whole=True,
    )
    return answers, overrides


def problems_of(answers: Answers, checked: Checked) -> list[Problem]:
    """All that is wrong; what could not be understood is not said again as what is missing.

    What each run is asked need not be answered here.
    """
    later = {f"/parameters/{name}" for name in checked.wanted.asked}
    read = [one for one in answers.problems if one.path not in later]
    unread = {one.path for one in read}
    return [*read, *(one for one in checked.problems if one.path not in unread)]


def upgrade_form(
    found: PreparedUpgrade,
    answers: Answers,
    problems: Iterable[Problem] = (),
    *,
    zone: tzinfo = UTC,
) -> UpgradeForm:
    """The form with the answers in it, and each of `problems` at its question."""
    problems = list(dict.fromkeys(problems))
    document, checked = found.after.document, found.checked
    inner = [one for one in problems if one.path.startswith(_INNER)]
    run = run_form(document, answers, inner, stored=found.stored, purposes=[], zone=zone)
    hosts = _hosts(found, [one for one in problems if one.path.startswith("/hosts")])
    rest = [one for one in problems if not one.path.startswith((*_INNER, "/hosts"))]
    missing = {one.path for one in checked.problems}
    asked = [
        *((f"/parameters{each.path}", each) for each in run.form.fields),
        *((f"/secrets/{each.label}", each) for each in run.secrets),
        *((f"/endpoints/{each.label}", each) for each in (*run.endpoints, *run.advanced)),
    ]
    new = {
        f"/{part}/{name}"
        for part in ("secrets", "endpoints")
        for name in getattr(document, part)
        if is_new(found, part, name)
    }
    needed = [
        (path, each)
        for path, each in asked
        if each.error
        or path in new
        or any(one == path or one.startswith(f"{path}/") for one in missing)
    ]
    summary = (
        *(Wrong(f"{one.message} {one.hint}".strip(), "") for one in rest),
        *run.form.summary,
        *([Wrong(hosts.error, hosts.target)] if hosts and hosts.error else []),
    )
    return UpgradeForm(
        form=replace(run.form, summary=summary),
        hosts=hosts,
        needed=tuple(each for _path, each in needed),
        others=tuple(each for path, each in asked if (path, each) not in needed),
    )


def _hosts(found: PreparedUpgrade, problems: Sequence[Problem]) -> Field | None:
    """A box for each host that is reached anew; nobody but the reader ticks one."""
    if not found.hosts_to_grant:
        return None
    granted = set(found.checked.hosts)
    return Field(
        name="host",
        path="",
        id="f-host",
        label=_("Hosts that it reaches from now on"),
        control="checkboxes",
        required=True,
        hint=_("It is not granted these. Tick what this installation may reach."),
        error=" ".join(dict.fromkeys(one.message for one in problems)),
        options=tuple(Option(host, host, host in granted) for host in found.hosts_to_grant),
    )


def rows_of(found: PreparedUpgrade) -> list[Row]:
    """Each parameter before and after, and what was done to it; then what is gone."""
    plan, before = found.plan, found.instance.parameters
    notes = [note for note in plan.migrated.notes if note.part == "parameters"]
    came = {note.to: note.name for note in notes if note.done is Done.RENAMED}
    did = {note.to or note.name: note for note in notes}
    wrong = {one.path: one for one in (*found.checked.problems, *plan.migrated.problems)}
    schema = found.after.document.parameters
    required = set(schema.get("required", ()))
    given = found.checked.wanted.parameters
    names = [*schema.get("properties", {}), *plan.migrated.parameters, *given]
    rows = []
    for name in dict.fromkeys(names):
        old = came.get(name, name)
        after, has_after = _after(name, schema, given)
        by_rules = _after(name, schema, plan.migrated.parameters)
        state, how = _how(
            wrong.get(f"/parameters/{name}"),
            did.get(name),
            given=name in given,
            by_hand=has_after and by_rules != (after, True),
            has_after=has_after,
            required=name in required,
            asked=name in found.checked.wanted.asked,
        )
        was = old if old in before else ""
        rows.append(
            Row(
                name=name,
                was_called=was if was != name else "",
                before=before.get(old),
                has_before=old in before,
                after=after,
                has_after=has_after,
                state=state,
                how=how,
            )
        )
    gone = (note for note in notes if note.done in (Done.REMOVED, Done.LEFT_OUT))
    return [*rows, *_gone(gone)]


def _after(name: str, schema: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Any, bool]:
    if name in values:
        return values[name], True
    asked = schema.get("properties", {}).get(name)
    if isinstance(asked, Mapping) and "default" in asked:
        return asked["default"], True
    return None, False


def _how(
    wrong: Problem | None,
    note: Note | None,
    *,
    given: bool,
    by_hand: bool,
    has_after: bool,
    required: bool,
    asked: bool,
) -> tuple[str, str]:
    failed = wrong is not None and wrong.code in ("migration_failed", "migration_conflict")
    if wrong is not None and failed and not by_hand:
        return "pending", _("A rule failed: %(why)s") % {"why": wrong.message}
    if wrong is not None and given and not failed:
        return "pending", _("Needs another value")
    if not has_after and asked:
        return "queued", _("Asked at each run")
    if not has_after:
        return ("pending", _("Needs a value")) if required else ("done", _("Left open"))
    if by_hand:
        return "done", _("Given by you")
    if note is not None and given:
        state, word = _DONE[note.done]
        return state, str(word)
    return ("done", _("Carried over")) if given else ("done", _("Default"))


def _gone(notes: Iterable[Note]) -> Iterator[Row]:
    for note in notes:
        state, word = _DONE[note.done]
        yield Row(note.name, "", note.before, True, None, False, state, str(word))


def verdict_of(
    answer: PolicyAnswer, *, wrong: int, number: str
) -> tuple[Verdict, tuple[Rule, ...]]:
    """What policy says to the upgrade, and each reason."""
    if not answer.allow:
        rules = tuple(Rule("refused", one.message, one.code, one.control) for one in answer.deny)
        if {one.code for one in answer.deny} <= {"host_not_granted"}:
            title = _("Allowed once the new hosts are granted")
            return Verdict("needs_approval", title, _("Tick them above.")), rules
        return Verdict("refused", _("Policy would refuse it"), _("Nothing would change.")), rules
    rules = (
        Rule("allowed", _("You may upgrade it here"), "installation.upgrade"),
        Rule("allowed", _("Its signature verifies, and it is not withdrawn")),
        Rule("allowed", _("Every host that it reaches is granted and allowed")),
    )
    if wrong:
        text = ngettext(
            "Answer %(count)s question first.", "Answer %(count)s questions first.", wrong
        )
        title = _("Policy would allow it")
        return Verdict("needs_approval", title, text % {"count": wrong}), rules
    text = _("It can go to %(number)s now.") % {"number": number}
    return Verdict("allowed", _("Policy would allow it"), text), rules


def why_not(answer: PolicyAnswer) -> str:
    """Why the reader can't upgrade it whatever they answer; empty for who can."""
    lasting = [one for one in answer.deny if one.code in ABOUT_THE_PERSON]
    return lasting[0].message if lasting else ""


def upgrade_page(
    found: PreparedUpgrade,
    answers: Answers,
    problems: Iterable[Problem] = (),
    *,
    url: str,
    simulated: SimulatedUpgrade | None = None,
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """The context of `marketplace/upgrade.html`; `url` is the installation's."""
    instance, release = found.instance, found.after.release
    judged = found.judged
    return preview_page(found, answers, simulated=simulated) | {
        "instance": {
            "name": instance.name,
            "title": instance.title,
            "number": instance.number,
            "url": url,
            "place": ", ".join(filter(None, (instance.environment, instance.region))),
            "revision": instance.revision,
        },
        "preview_url": f"{url}upgrade/preview/",
        "release": {
            "number": release.number,
            "digest": release.digest,
            "address": release.address,
            "risk": found.after.document.risk,
        },
        "badge": BADGES[found.plan.diff.klass or Klass.COMPATIBLE],
        "verification": found.after.verification,
        "numbers": names(found.numbers, release.number),
        "judged": judging(judged.diff, judged.smallest),
        "reaching": reaching(judged.reach, judged.reached, instance.number),
        "releases": [
            {
                "number": one.number,
                "is_breaking": one.is_breaking,
                "status": one.status,
                "released_at": one.created_at,
                "changelog": one.changelog,
            }
            for one in found.releases
        ],
        "asked": upgrade_form(found, answers, problems, zone=zone),
        "why_not": why_not(found.checked.answer),
    }


def preview_page(
    found: PreparedUpgrade, answers: Answers, *, simulated: SimulatedUpgrade | None = None
) -> dict[str, Any]:
    """The context of `marketplace/_upgrade_preview.html`: what follows from the answers as they are."""
    number = found.after.release.number
    wrong = problems_of(answers, found.checked)
    verdict, rules = verdict_of(found.checked.answer, wrong=len(wrong), number=number)
    return {
        "release": {"number": number},
        "rows": rows_of(found),
        "secret_rows": secret_rows(found),
        "endpoint_rows": endpoint_rows(found),
        "verdict": verdict,
        "rules": rules,
        "revision": found.checked.answer.revision,
        "open": [one.message for one in wrong],
        "simulated": _simulated(simulated) if simulated else None,
    }


def _simulated(simulated: SimulatedUpgrade) -> dict[str, Any]:
    told, shown = simulated.simulation, None
    if told is not None:
        shown = asdict(
            shown_simulation(
                told.status,
                told.steps,
                hosts=told.hosts,
                secrets=told.secrets,
                refusals=told.refusals,
                missing=told.missing_secrets,
            )
        )
    missing = [one.message for one in simulated.problems]
    return {
        "purpose": simulated.purpose,
        "simulation": shown,
        "why_not": simulated.why_not,
        "missing": missing,
    }
