"""Each process follows what is active in the database, within 2 s, and never waits for it.

A thread of its own, with a connection of its own, looks at one row each half second: how often the
policies were changed, and how often purposes and tenants' data were. When the second moved it forgets
what it knew of them; whoever asks next reads their tenant's by the same connection. Another set of
policies is read, verified, compiled and asked a question before it is put in the place of the one
that decides; whoever is deciding meanwhile goes on with the one before. While the database is away,
or when what is active can't be put in force here, the last good one stays.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from governance.policy.bundle import BrokenBundle, Bundle, load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.packed import read_bundle
from governance.policy.rules import SHIPPED, Followed, Purpose, TenantRules, tenant_data
from governance.signing import signing_ring

logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds
FIRST_LOOK = 10.0  # seconds that a new process waits to learn what is active
_MISSING_TABLE = "42P01"  # SQLSTATE: the migrations have not run yet
_NUMBERS = "SELECT bundles, rules FROM governance_policychange WHERE id = 1"
_ACTIVE = "SELECT content FROM governance_policybundle WHERE status = 'active'"
_IN_TENANT = "SELECT set_config('maestro.tenant', %s, true)"
# The platform's first, then the tenant's own: row security shows no others. Retired ones come too,
# so that a registry of which all are retired is not taken for one that was never written.
_PURPOSES = """
SELECT name, title, description, in_production, allowed_actions, tenant_id::text = %s AS own,
    retired_at IS NOT NULL AS retired
FROM governance_purposeentry ORDER BY tenant_id, id
"""
_DATA = "SELECT content, revision FROM governance_policydata"


class Numbers(NamedTuple):
    """How often what policy goes by was changed."""

    bundles: int
    rules: int


class Source(Protocol):
    """Where what is active is found."""

    def numbers(self) -> Numbers:
        """How often it was changed. Raises `DatabaseError`."""
        ...

    def active(self) -> bytes | None:
        """The signed archive; None: what came with the code. Raises `DatabaseError`."""
        ...

    def rules(self, tenant_id: UUID, /) -> TenantRules:
        """The purposes and the data that count in a tenant. Raises `DatabaseError`."""
        ...


class Database:
    """The database, by a connection that nobody else uses, one statement after the other."""

    def __init__(self) -> None:
        self._link: BaseDatabaseWrapper | None = None
        self._turn = threading.Lock()

    def numbers(self) -> Numbers:
        """See `Source.numbers`."""
        row = self._one(_NUMBERS)
        return Numbers(*row) if row else Numbers(0, 0)

    def active(self) -> bytes | None:
        """See `Source.active`."""
        row = self._one(_ACTIVE)
        return bytes(row[0]) if row else None

    def rules(self, tenant_id: UUID, /) -> TenantRules:
        """See `Source.rules`."""
        tenant = str(tenant_id)
        with self._cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(_IN_TENANT, [tenant])
            cursor.execute(_PURPOSES, [tenant])
            purposes = cursor.fetchall()
            cursor.execute(_DATA)
            data = cursor.fetchone()
            cursor.execute("COMMIT")
        return read_rules(purposes, data)

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        with self._turn:
            if self._link is not None:
                self._link.close()

    def _one(self, statement: str) -> Any:
        with self._cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        with self._turn:
            if self._link is None:
                self._link = connection.copy()
                self._link.settings_dict["OPTIONS"].pop("pool", None)
                self._link.inc_thread_sharing()
            try:
                with self._link.cursor() as cursor:
                    yield cursor
            except DatabaseError:
                self._link.close()
                raise


def read_rules(purposes: Sequence[Sequence[Any]], data: Sequence[Any] | None) -> TenantRules:
    """The rules as the rows say them. While the platform's registry holds nothing, the purposes
    that came with the code count."""
    known = {} if any(not row[5] for row in purposes) else dict(SHIPPED)
    for name, title, description, in_production, allowed, own, retired in purposes:
        # The platform's come first: no tenant's own stands in the place of one of them.
        if not retired and name not in known:
            actions = tuple(json.loads(allowed) if isinstance(allowed, str) else allowed)
            known[name] = Purpose(name, title, description, in_production, actions, own)
    if data is None:
        return TenantRules(known)
    content, revision = data
    kept = json.loads(content) if isinstance(content, str) else content
    return TenantRules(known, tenant_data(kept, revision))


class Follower:
    """Looks at `source` and hands each new engine to `put`. Without `put` the policies are followed
    elsewhere, by an OPA server, and only `rules` are followed here."""

    def __init__(
        self, put: Callable[[EmbeddedRego], object] | None, source: Source | None = None
    ) -> None:
        self._put, self._source = put, source or Database()
        self._seen: int | None = None
        self._seen_rules: int | None = None
        self._ended, self._looked = threading.Event(), threading.Event()
        self.rules = Followed(self._source.rules)
        self.fault = "what is active is not known yet" if put else ""
        self.pid = os.getpid()

    def start(self) -> None:
        """Begin to follow; returns when it is known what is active, or after `FIRST_LOOK`."""
        threading.Thread(target=self._run, name="policy", daemon=True).start()
        self._looked.wait(FIRST_LOOK)

    def stop(self) -> None:
        """Follow no longer."""
        self._ended.set()

    def look(self) -> None:
        """Look once. Raises nothing: what is wrong is in `fault`, and the last good one stays."""
        try:
            numbers = self._source.numbers()
            if numbers.rules != self._seen_rules:
                self.rules.forget()
                self._seen_rules = numbers.rules
            if self._put and numbers.bundles != self._seen:
                self._follow()
                # After, so that what failed on the way is tried again.
                self._seen = numbers.bundles
        except DatabaseError as problem:
            if getattr(problem.__cause__, "sqlstate", None) == _MISSING_TABLE:
                self._begin_with_the_shipped()
            elif self._put and self._seen is None:
                self.fault = "the database does not say which policies are active"
            # Else the last good one stays; that the database is away is said elsewhere.
        # A process that stops following goes on with old policies: nothing may end this thread.
        except Exception as problem:
            logger.exception("Policies can't be followed")
            self.fault = f"policies can't be followed: {type(problem).__name__}"

    def _run(self) -> None:
        while True:
            self.look()
            self._looked.set()
            if self._ended.wait(EVERY):
                return

    def _follow(self) -> None:
        raw = self._source.active()
        try:
            bundle = load_bundle() if raw is None else read_bundle(raw, signing_ring().trusted)
            self._put_in_force(bundle)
        except BrokenBundle as problem:
            logger.error("The active policies can't be in force here: %s", problem)
            self.fault = f"the active policies can't be in force here: {problem}"

    def _put_in_force(self, bundle: Bundle) -> None:
        engine = EmbeddedRego(bundle)
        healthy, why = engine.healthy()  # compiles it, and asks it once
        if not healthy:
            raise BrokenBundle(why)
        if self._put:
            self._put(engine)
        self.fault = ""
        logger.info("Policies %s are in force", bundle.revision)

    def _begin_with_the_shipped(self) -> None:
        if self._put and self._seen is None:
            self._put_in_force(load_bundle())
            self._seen = 0
