"""Who decides. One protocol; Rego in this process or an OPA server stands behind it."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

from governance.policy.answer import PolicyAnswer, unavailable
from governance.policy.bundle import POLICIES, BrokenBundle, load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.follow import Follower
from governance.policy.opa import OpaServer
from governance.policy.rules import RuleBook, Shipped, TenantRules
from maestro.kernel.tenant import PLATFORM_TENANT

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
_follower: Follower | None = None
_book: RuleBook | None = None
_making = threading.Lock()


def engine() -> PolicyEngine:
    """The engine in force in this process. The first to ask waits until it is known which that is;
    from then on it is followed (`governance/policy/follow.py`), and nobody waits."""
    return _engine or _begin()


def in_force() -> tuple[bool, str]:
    """Whether this process decides, by what is active; and the revision, or what is wrong."""
    healthy, why = engine().healthy()
    if healthy and _follower is not None and _follower.fault:
        return False, f"{why} decides, but {_follower.fault}"
    return healthy, why


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
    before, _engine = _engine, other
    return before


def rules_of(tenant_id: UUID | None) -> TenantRules:
    """The purposes and the data that count in a tenant; None: in the platform's own."""
    book = _book or _begin_book()
    return book.of(tenant_id or PLATFORM_TENANT)


def use_book(other: RuleBook | None) -> RuleBook | None:
    """Find rules elsewhere in this process; returns where before. None: where they are followed."""
    global _book  # one a process
    before, _book = _book, other
    return before


def _begin_book() -> RuleBook:
    engine()  # begins to follow
    book = _follower.rules if _follower else Shipped()
    use_book(book)
    return book


def _begin() -> PolicyEngine:
    global _follower  # one a process
    with _making:
        if _engine is not None:
            return _engine
        if settings.POLICY_ENGINE == "opa":
            use_engine(OpaServer(settings.OPA_URL, token=settings.OPA_TOKEN))
            if settings.POLICY_FOLLOWED and _follower is None:
                _follower = Follower(None)
                _follower.start()
        elif not settings.POLICY_FOLLOWED:
            use_engine(load_engine())
        elif _follower is None:
            _follower = Follower(use_engine)
            _follower.start()
        # Not kept: the follower puts one in force as soon as it can.
        return _engine or NoEngine(_follower.fault if _follower else "there is no engine")


def _begin_anew() -> None:
    """In a forked process: threads, and interpreters that they may have had in hand, are gone."""
    global _engine, _follower, _book, _making  # one a process
    _engine, _follower, _book, _making = None, None, None, threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
