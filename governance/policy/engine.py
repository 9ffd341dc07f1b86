"""Who decides. One protocol; Rego in this process or an OPA server stands behind it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from governance.policy.answer import PolicyAnswer, unavailable
from governance.policy.bundle import POLICIES, BrokenBundle, load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.opa import OpaServer

logger = logging.getLogger(__name__)


class PolicyEngine(Protocol):
    """Decides. Safe to call from any thread; never raises, never leaves a question undecided."""

    def decide(self, facts: Mapping[str, Any], /) -> PolicyAnswer:
        """The answer to one policy input, a JSON value. No answer is a no: `policy_unavailable`."""
        ...

    def healthy(self) -> tuple[bool, str]:
        """Whether it decides, and the revision in force, or what is wrong."""
        ...


class NoEngine:
    """Stands in for policies that can't even be loaded: everything is refused."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def decide(self, facts: Mapping[str, Any], /) -> PolicyAnswer:
        """No, whatever is asked."""
        return unavailable("")

    def healthy(self) -> tuple[bool, str]:
        """No, and why."""
        return False, self.fault


_engine: PolicyEngine | None = None
_making = threading.Lock()


def engine() -> PolicyEngine:
    """The engine in force in this process, made when first asked for."""
    global _engine  # one a process
    if _engine is None:
        with _making:
            if _engine is None:
                _engine = _made()
    return _engine


def load_engine(folder: Path = POLICIES) -> PolicyEngine:
    """A new engine in this process over the policies in `folder`."""
    try:
        return EmbeddedRego(load_bundle(folder))
    except BrokenBundle as problem:
        logger.error("There are no policies: %s", problem)
        return NoEngine(str(problem))


def use_engine(other: PolicyEngine | None) -> PolicyEngine | None:
    """Put another engine in force in this process; returns the one before. None: load it again."""
    global _engine  # one a process
    with _making:
        before, _engine = _engine, other
    return before


def _made() -> PolicyEngine:
    if settings.POLICY_ENGINE == "opa":
        return OpaServer(settings.OPA_URL, token=settings.OPA_TOKEN)
    return load_engine()
