"""Loaded before Django's settings: makes the real PostgreSQL ready and says where it is.

Tests that run beside each other (pytest-xdist) share the server, and nothing else: each worker has a
database of its own (pytest-django names it) and a home of its own for keys and files.
"""

from __future__ import annotations

import os
from pathlib import Path

from maestro.embedded.postgres import ensure_postgres

HOME = Path(
    os.environ.get("MAESTRO_HOME") or Path(__file__).parent.parent / "var" / "test"
).resolve()

_own = HOME / os.environ.get("PYTEST_XDIST_WORKER", "")
_own.mkdir(parents=True, exist_ok=True)
os.environ["MAESTRO_HOME"] = str(_own)
if "DATABASE_URL" not in os.environ:
    # The tests' rows need not outlive a power cut.
    os.environ.update(
        ensure_postgres(HOME, settings={"fsync": "off", "max_connections": "150"}).environment()
    )
