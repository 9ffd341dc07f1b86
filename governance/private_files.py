"""Files that hold keys: for their owner alone, and whole from the moment they can be seen."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_private(path: Path) -> bytes:
    """What is in the file. Raises `ImproperlyConfigured` when others than its owner may read it."""
    if path.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"Others may read {path}. Make it readable by its owner alone.")
    return path.read_bytes()


def make_private(path: Path, content: bytes) -> None:
    """Make the file if there is none. Of several processes that try at once one makes it."""
    unfinished = _written(path, content)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return  # another process was first: its file is the file
    finally:
        unfinished.unlink()


def replace_private(path: Path, content: bytes) -> None:
    """Put other content into the file: whoever reads it finds the old or the new, never a part."""
    _written(path, content).replace(path)


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return unfinished
