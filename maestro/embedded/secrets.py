"""Secrets made once for this machine, in `<home>/secrets`, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def ensure(home: Path, name: str) -> bool:
    """Make the secret `name` (256 random bits) unless it is there; answers whether it was made."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / name
    if path.exists():
        return False
    unfinished = folder / f".{name}.{os.getpid()}"
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)  # a crash leaves a whole one or none
    return True


def read(home: Path, name: str) -> str:
    """The secret `name`. Raises `FileNotFoundError` when it was never made."""
    return (home / "secrets" / name).read_text().strip()
