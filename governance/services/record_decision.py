from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from time import monotonic
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models, transaction

from governance.models import Decision, PolicyInput
from maestro.kernel.statements import insert

LARGEST_INPUT = 64 * 1024  # bytes; what is larger is not kept
KNOWN_INPUTS = 16_384  # about 3 MB a process
KNOWN_FOR = 43_200.0  # seconds
MOST_IN_ONE = 50  # decisions that one statement writes together with their inputs


class _Known:
    """Which inputs are surely kept, the latest of them: asked before each is written again.

    For half a day: of one that is known a decision was written within it, and so it has not expired.
    """

    def __init__(self) -> None:
        self._digests: dict[tuple[UUID, str], float] = {}
        self._lock = Lock()

    def __contains__(self, key: tuple[UUID, str]) -> bool:
        since = self._digests.get(key)
        return since is not None and monotonic() - since < KNOWN_FOR

    def add(self, keys: Sequence[tuple[UUID, str]]) -> None:
        """Once they are committed, and not before."""
        with self._lock:
            for key in keys:
                self._digests.pop(key, None)
                self._digests[key] = monotonic()
            while len(self._digests) > KNOWN_INPUTS:
                del self._digests[next(iter(self._digests))]

    def forget(self) -> None:
        """All: the database is another one."""
        with self._lock:
            self._digests.clear()


known = _Known()


def record_decision(
    decision: Decision, *others: models.Model, using: str = DEFAULT_DB_ALIAS
) -> None:
    """Write a decision, what it was decided on, and `others`, in one statement."""
    inputs = _new_inputs([decision])
    insert(*inputs, decision, *others, using=using)
    _know_when_committed(inputs, using)


def record_decisions(decisions: Sequence[Decision], *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Write decisions and what they were decided on: a few in one statement, more in two."""
    inputs = _new_inputs(decisions)
    if len(decisions) <= MOST_IN_ONE:
        insert(*inputs, *decisions, using=using)
    else:
        PolicyInput.objects.using(using).bulk_create(inputs, ignore_conflicts=True)
        Decision.objects.using(using).bulk_create(decisions)
    _know_when_committed(inputs, using)


def _new_inputs(decisions: Sequence[Decision]) -> list[PolicyInput]:
    found = {
        (one.tenant_id, one.input_digest): one.asked
        for one in decisions
        if len(one.asked) <= LARGEST_INPUT and (one.tenant_id, one.input_digest) not in known
    }
    # In one order everywhere: two that write the same ones must not wait for each other.
    return [
        PolicyInput(tenant_id=tenant_id, digest=digest, content=found[tenant_id, digest])
        for tenant_id, digest in sorted(found)
    ]


def _know_when_committed(inputs: Sequence[PolicyInput], using: str) -> None:
    if inputs:
        keys = [(one.tenant_id, one.digest) for one in inputs]
        transaction.on_commit(lambda: known.add(keys), using=using)
