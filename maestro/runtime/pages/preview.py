"""What would happen if a form were sent now, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.control_tasks import APPROVAL, CALL, WAIT
from catalog.document_model import Document
from catalog.pages.approvals import ApprovalNote, approval_notes
from connectors.contract import PlannedCall
from connectors.outbound.hosts import host_of
from governance.policy.answer import PolicyAnswer
from maestro.runtime.reach import hosts_of
from maestro.runtime.rehearsal import Rehearsed

CONTROL = frozenset({APPROVAL, CALL, WAIT})
_WORKED_OUT = frozenset({"core.set@1", "core.transform@1"})
ABOUT_PURPOSE = frozenset(
    {"purpose_required", "unknown_purpose", "purpose_not_allowed", "purpose_not_for_production"}
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What policy says in one line. `state` is allowed, needs_approval or refused."""

    state: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that policy says."""

    state: str
    text: str
    code: str = ""
    control: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """The panel beside the run form."""

    verdict: Verdict
    rules: tuple[Rule, ...]
    approvals: tuple[ApprovalNote, ...]
    effects: tuple[str, ...]
    revision: str


def why_not_run(answer: PolicyAnswer) -> str:
    """Why the reader can't start it for any purpose; empty when they can.

    What is about the purpose is not: another one may be chosen.
    """
    lasting = [reason for reason in answer.deny if reason.code not in ABOUT_PURPOSE]
    return lasting[0].message if lasting else ""


def preview_of(
    document: Document, answer: PolicyAnswer, *, purpose: str, endpoints: dict[str, str]
) -> Preview:
    """What `answer` means for a run of `document` for `purpose`, which is empty while it is open.

    `answer` is then policy's for some purpose: what else it says holds for any.
    """
    notes = approval_notes(document, [duty.as_dict() for duty in answer.obligations])
    refusals = tuple(
        Rule("refused", reason.message, reason.code, reason.control) for reason in answer.deny
    )
    rules = refusals
    if answer.allow and purpose:
        rules = (
            Rule(
                "allowed",
                _("You may run it for %(purpose)s") % {"purpose": purpose},
                "execution.start",
            ),
        )
    elif answer.allow:
        rules = (Rule("not_started", _("Choose what it is for: every run says so")),)
    rules += tuple(Rule("needs_approval", note.title, note.code) for note in notes if note.code)
    return Preview(
        verdict=_verdict(answer, notes, purpose),
        rules=rules,
        approvals=notes if answer.allow else (),
        effects=tuple(_effects(document, endpoints)),
        revision=answer.revision,
    )


def _verdict(answer: PolicyAnswer, notes: tuple[ApprovalNote, ...], purpose: str) -> Verdict:
    if not answer.allow:
        return Verdict("refused", _("Policy would refuse it"), _("Nothing would start."))
    later = "" if purpose else _("Once you choose a purpose.")
    if any(note.code for note in notes):
        return Verdict("needs_approval", _("It would wait for people, then start"), later)
    if notes:
        return Verdict("needs_approval", _("It would start, and wait for people on its way"), later)
    return Verdict("allowed", _("It would start at once"), later)


def _effects(document: Document, endpoints: dict[str, str]) -> Iterable[str]:
    hosts = sorted(hosts_of(endpoints))
    if hosts:
        yield _("It can reach %(hosts)s, and nothing else.") % {"hosts": ", ".join(hosts)}
    else:
        yield _("It reaches nothing outside Maestro.")
    mails = sum(step.task.startswith("email.") for step in document.steps)
    if mails:
        said = ngettext(
            "It sends mail in %(count)s step.", "It sends mail in %(count)s steps.", mails
        )
        yield said % {"count": mails}
    if document.secrets:
        names = ", ".join(sorted(document.secrets))
        yield _("It uses the secrets %(names)s.") % {"names": names}


@dataclass(frozen=True, slots=True)
class RehearsedCall:
    """A line of a simulation. `skipped` says why it would not be done."""

    step: str
    task: str
    summary: str
    host: str = ""
    method: str = ""
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulation answered. `ok` when it would end well.

    `refused` are the reasons for which a start would be refused now, `missing` the secrets that are
    not stored.
    """

    ok: bool
    title: str
    text: str
    calls: tuple[RehearsedCall, ...]
    hosts: tuple[str, ...]
    secrets: tuple[str, ...]
    refused: tuple[Rule, ...] = ()
    missing: tuple[str, ...] = ()


def simulated(
    status: str,
    steps: Iterable[Rehearsed],
    *,
    hosts: Iterable[str],
    secrets: Iterable[str],
    refusals: Iterable[Mapping[str, str]] = (),
    missing: Iterable[str] = (),
) -> Simulated:
    """A simulation as the page shows it."""
    lines = tuple(line for step in steps for line in _lines(step))
    calls = sum(bool(line.host) and not line.skipped for line in lines)
    waits = sum(line.task == APPROVAL and not line.skipped for line in lines)
    title = ngettext("%(count)s step would reach out", "%(count)s steps would reach out", calls) % {
        "count": calls
    }
    if waits:
        asked = ngettext("%(count)s approval", "%(count)s approvals", waits) % {"count": waits}
        title = _("%(calls)s, %(approvals)s") % {"calls": title, "approvals": asked}
    return Simulated(
        ok=status == "succeeded",
        title=title,
        text=_(
            "What depends on an answer from outside is shown as the expression that will give it."
        ),
        calls=lines,
        hosts=tuple(hosts),
        secrets=tuple(secrets),
        refused=tuple(
            Rule("refused", one["message"], one["code"], one.get("control", "")) for one in refusals
        ),
        missing=tuple(missing),
    )


def _lines(step: Rehearsed) -> Iterable[RehearsedCall]:
    if step.would == "fail":
        yield RehearsedCall(
            step.step_id,
            step.task,
            _("Would fail: %(problem)s") % {"problem": _message(step.error)},
        )
    elif step.would == "be skipped":
        why = _("Its condition does not hold")
        if step.for_each == 0:
            why = _("Nothing to do it for")
        yield RehearsedCall(step.step_id, step.task, "", skipped=_message(step.error) or why)
    elif not step.calls or step.task in _WORKED_OUT:
        yield RehearsedCall(step.step_id, step.task, _("Works it out, and calls nothing"))
    else:
        for call in step.calls:
            summary = _capital(call.summary.removeprefix(f"{step.task} "))
            if step.for_each is not None:
                said = ngettext(
                    "%(summary)s, %(count)s times", "%(summary)s, %(count)s times", step.for_each
                )
                summary = said % {"summary": summary, "count": step.for_each}
            yield RehearsedCall(
                step.step_id,
                step.task,
                summary,
                call.host or _reached(step.task, call),
                call.method,
            )


def _capital(text: str) -> str:
    return text if text.startswith(("$", "http")) else f"{text[:1].upper()}{text[1:]}"


def _reached(task: str, call: PlannedCall) -> str:
    """The host of a call that could not be told in full; control tasks reach none."""
    if task in CONTROL:
        return ""
    detail = call.detail if isinstance(call.detail, Mapping) else {}
    return host_of(str(detail.get("url", ""))) or _("known when it runs")


def _message(error: Any) -> str:
    return str(error.get("message", "")) if error else ""
