"""What would happen if a form were sent now, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.control_tasks import APPROVAL, CALL, WAIT
from catalog.document_model import Document
from catalog.pages.approvals import ApprovalNote, approval_notes
from connectors.contract import PlannedCall
from governance.policy.answer import PolicyAnswer
from maestro.runtime.reach import host_of, hosts_of
from maestro.runtime.rehearsal import Rehearsed

CONTROL = frozenset({APPROVAL, CALL, WAIT})
_WORKED_OUT = frozenset({"core.set@1", "core.transform@1"})
ABOUT_PURPOSE = frozenset({"purpose_required", "unknown_purpose", "purpose_not_for_production"})


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
        rules = (Rule("allowed", f"You may run it for {purpose}", "execution.start"),)
    elif answer.allow:
        rules = (Rule("not_started", "Choose what it is for: every run says so"),)
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
        return Verdict("refused", "Policy would refuse it", "Nothing would start.")
    later = "" if purpose else "Once you choose a purpose."
    if any(note.code for note in notes):
        return Verdict("needs_approval", "It would wait for people, then start", later)
    if notes:
        return Verdict("needs_approval", "It would start, and wait for people on its way", later)
    return Verdict("allowed", "It would start at once", later)


def _effects(document: Document, endpoints: dict[str, str]) -> Iterable[str]:
    hosts = sorted(hosts_of(endpoints))
    if hosts:
        yield f"It can reach {', '.join(hosts)}, and nothing else."
    else:
        yield "It reaches nothing outside Maestro."
    mails = sum(step.task.startswith("email.") for step in document.steps)
    if mails:
        yield f"It sends mail in {mails} step{'' if mails == 1 else 's'}."
    if document.secrets:
        yield f"It uses the secrets {', '.join(sorted(document.secrets))}."


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
    """What a simulation answered. `ok` when it would end well."""

    ok: bool
    title: str
    text: str
    calls: tuple[RehearsedCall, ...]
    hosts: tuple[str, ...]
    secrets: tuple[str, ...]


def simulated(
    status: str, steps: Iterable[Rehearsed], *, hosts: Iterable[str], secrets: Iterable[str]
) -> Simulated:
    """A simulation as the page shows it."""
    lines = tuple(line for step in steps for line in _lines(step))
    calls = sum(bool(line.host) and not line.skipped for line in lines)
    waits = sum(line.task == APPROVAL and not line.skipped for line in lines)
    title = f"{calls} step{'' if calls == 1 else 's'} would reach out"
    if waits:
        title += f", {waits} approval{'' if waits == 1 else 's'}"
    return Simulated(
        ok=status == "succeeded",
        title=title,
        text="What depends on an answer from outside is shown as the expression that will give it.",
        calls=lines,
        hosts=tuple(hosts),
        secrets=tuple(secrets),
    )


def _lines(step: Rehearsed) -> Iterable[RehearsedCall]:
    if step.would == "fail":
        yield RehearsedCall(step.step_id, step.task, f"Would fail: {_message(step.error)}")
    elif step.would == "be skipped":
        why = "Nothing to do it for" if step.for_each == 0 else "Its condition does not hold"
        yield RehearsedCall(step.step_id, step.task, "", skipped=_message(step.error) or why)
    elif not step.calls or step.task in _WORKED_OUT:
        yield RehearsedCall(step.step_id, step.task, "Works it out, and calls nothing")
    else:
        for call in step.calls:
            times = "" if step.for_each is None else f", {step.for_each} times"
            yield RehearsedCall(
                step.step_id,
                step.task,
                f"{_capital(call.summary.removeprefix(f'{step.task} '))}{times}",
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
    return host_of(str(detail.get("url", ""))) or "known when it runs"


def _message(error: Any) -> str:
    return str(error.get("message", "")) if error else ""
