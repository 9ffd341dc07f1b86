"""Each process follows what is active in the database, within 2 s, and never waits for it.

A thread of its own, with a connection of its own, looks at one row each half second. Another set of
policies is read, verified, compiled and asked a question before it is put in the place of the one
that decides; whoever is deciding meanwhile goes on with the one before. While the database is away,
or when what is active can't be put in force here, the last good one stays.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol

from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from governance.policy.bundle import BrokenBundle, Bundle, load_bundle
from governance.policy.embedded import EmbeddedRego
from governance.policy.packed import read_bundle
from governance.signing import signing_ring

logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds
FIRST_LOOK = 10.0  # seconds that a new process waits to learn what is active
_MISSING_TABLE = "42P01"  # SQLSTATE: the migrations have not run yet
_NUMBER = "SELECT bundles FROM governance_policychange WHERE id = 1"
_ACTIVE = "SELECT content FROM governance_policybundle WHERE status = 'active'"


class Source(Protocol):
    """Where what is active is found."""

    def number(self) -> int:
        """How often it was changed. Raises `DatabaseError`."""
        ...

    def active(self) -> bytes | None:
        """The signed archive; None: what came with the code. Raises `DatabaseError`."""
        ...


class Database:
    """The database, by a connection that nobody else uses. For one thread."""

    def __init__(self) -> None:
        self._link: BaseDatabaseWrapper | None = None

    def number(self) -> int:
        """See `Source.number`."""
        row = self._one(_NUMBER)
        return int(row[0]) if row else 0

    def active(self) -> bytes | None:
        """See `Source.active`."""
        row = self._one(_ACTIVE)
        return bytes(row[0]) if row else None

    def _one(self, statement: str) -> Any:
        if self._link is None:
            self._link = connection.copy()
            self._link.settings_dict["OPTIONS"].pop("pool", None)
            self._link.inc_thread_sharing()
        try:
            with self._link.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()
        except DatabaseError:
            self._link.close()
            raise


class Follower:
    """Looks at `source` and hands each new engine to `put`."""

    def __init__(self, put: Callable[[EmbeddedRego], object], source: Source | None = None) -> None:
        self._put, self._source = put, source or Database()
        self._seen: int | None = None
        self._ended, self._looked = threading.Event(), threading.Event()
        self.fault = "what is active is not known yet"
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
            number = self._source.number()
            if number != self._seen:
                self._follow()
                # After, so that what failed on the way is tried again.
                self._seen = number
        except DatabaseError as problem:
            if getattr(problem.__cause__, "sqlstate", None) == _MISSING_TABLE:
                self._begin_with_the_shipped()
            elif self._seen is None:
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
        self._put(engine)
        self.fault = ""
        logger.info("Policies %s are in force", bundle.revision)

    def _begin_with_the_shipped(self) -> None:
        if self._seen is None:
            self._put_in_force(load_bundle())
            self._seen = 0
