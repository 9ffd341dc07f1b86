"""Loaded before Django's settings: makes the real PostgreSQL ready and says where it is."""

from __future__ import annotations

import os
from pathlib import Path

from maestro.embedded.postgres import ensure_postgres

HOME = Path(
    os.environ.get("MAESTRO_HOME") or Path(__file__).parent.parent / "var" / "test"
).resolve()

os.environ["MAESTRO_HOME"] = str(HOME)
if "DATABASE_URL" not in os.environ:
    # The tests' rows need not outlive a power cut.
    os.environ.update(
        ensure_postgres(HOME, settings={"fsync": "off", "max_connections": "150"}).environment()
    )
