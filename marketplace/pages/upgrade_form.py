"""What an upgrade asks, and what the answers mean. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from django.utils.translation import gettext as _

from catalog.document_model import Document
from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import Option
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.answers import ENDPOINT, Answers, Posted, read_answers
from maestro.runtime.pages.fields import Field, Form
from maestro.runtime.pages.run import run_form
from marketplace.pages.upgrade_bindings import is_new
from marketplace.services.check_installation import Checked
from marketplace.services.prepare_upgrade import Overrides, PreparedUpgrade

_INNER = ("/parameters", "/secrets", "/endpoints")


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
