"""Waiting for what another process does."""

from __future__ import annotations

from collections.abc import Callable

from maestro.embedded.processes import wait_until


def until(condition: Callable[[], bool], *, within: float = 30.0, of: str = "") -> None:
    """Return as soon as `condition` holds; fails after `within` seconds."""
    assert wait_until(condition, timeout=within), f"not within {within:.0f} s: {of or condition}"
