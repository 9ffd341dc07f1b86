"""Rego in this process, with no service to ask."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from governance.policy.answer import PolicyAnswer, read_answer, unavailable
from governance.policy.bundle import BrokenBundle, Bundle
from governance.policy.references import Facts, References
from governance.policy.rego_cpp import Compiled

logger = logging.getLogger(__name__)

ENTRY_POINT = "maestro/authz/decision"
KEPT_ANSWERS = 4096
CANARY: Mapping[str, Any] = {"action": "", "subject": {}, "resource": {}, "context": {}}
"""A question that must be refused for a proper reason."""


class EmbeddedRego:
    """Rego in process (rego-cpp), compiled once a revision and interpreter.

    What is compiled (3 MB each, in 10 ms) is lent to one decision at a time and kept for the next;
    there is as much of it as decisions were ever made at the same moment.

    The same question has the same answer for as long as these policies are in force: they see
    nothing but the input (`AGREED` holds them to it), so an answer is kept. They are
    told those facts only that they look at (`References.facts_read`), so whatever differs in others
    alone, such as which of a thousand executions it is, is the same question.
    """

    def __init__(self, bundle: Bundle, *, entry_point: str = ENTRY_POINT) -> None:
        self.bundle = bundle
        self._entry_point = entry_point
        self._idle: list[Compiled] = []
        self._answers: dict[str, PolicyAnswer] = {}
        self._references = References(bundle.modules)
        self._read = self._references.facts_read()

    @cached_property
    def fault(self) -> str:
        """Why these policies can't be in force; "" when they can. Found out once."""
        try:
            _refuse_unsound(self._references)
            compiled = self._compile()
        except BrokenBundle as problem:
            logger.error("Policies %s are refused: %s", self.bundle.revision, problem)
            return str(problem)
        self._idle.append(compiled)
        return ""

    def decide(self, facts: Mapping[str, Any], /) -> PolicyAnswer:
        """See `PolicyEngine.decide`."""
        facts = _as_read(facts, self._read)
        try:
            question = json.dumps(facts, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            logger.exception("Policies can't be asked what is no JSON")
            return unavailable(self.bundle.revision)
        kept = self._answers.get(question)
        if kept is not None:
            return kept
        answer = self._ask(facts)
        if answer is None:
            return unavailable(self.bundle.revision)
        if len(self._answers) >= KEPT_ANSWERS:
            self._answers.clear()
        self._answers[question] = answer
        return answer

    def _ask(self, facts: Mapping[str, Any]) -> PolicyAnswer | None:
        revision = self.bundle.revision
        if self.fault:
            return None
        # The door to foreign code: whatever goes wrong behind it, there is no answer.
        try:
            compiled = self._idle.pop()
        except IndexError:
            compiled = None
        try:
            compiled = compiled or self._compile()
            answer = read_answer(compiled.answer(self._entry_point, facts), revision)
        except Exception:
            # The input is not logged: attributes of people are in it.
            logger.exception("Policies %s gave no answer", revision)
            return None
        self._idle.append(compiled)
        return answer

    def healthy(self) -> tuple[bool, str]:
        """See `PolicyEngine.healthy`. Asks `CANARY`."""
        if self.fault:
            return False, self.fault
        answer = self._ask(CANARY)
        if answer is None or answer.allow:
            return False, f"policies {self.bundle.revision} do not decide"
        return True, answer.revision

    def _compile(self) -> Compiled:
        # Foreign code once more; its errors have no common type.
        try:
            return Compiled(self.bundle.modules, self.bundle.data, [self._entry_point])
        except Exception as problem:
            raise BrokenBundle(f"they do not compile: {problem}") from problem


def _as_read(facts: Any, read: Facts) -> Any:
    if read is None or not isinstance(facts, Mapping):
        return facts
    return {
        name: fact if read[name] is None else _as_read(fact, read[name])
        for name, fact in facts.items()
        if name in read
    }


def _refuse_unsound(references: References) -> None:
    """Refuse what the engines may answer otherwise, what looks beyond the input, so that no answer
    may be kept, and a reference to what is not there, above all to a function the engine lacks:
    `default allow := true; allow := false if lacking(…)` would allow."""
    abort = references.unsafe()
    if abort:
        raise BrokenBundle(f"they use what the engine can't do safely: {', '.join(abort)}")
    missing = references.unresolved()
    if missing:
        raise BrokenBundle(f"they use what is not there, or not agreed on: {', '.join(missing)}")
