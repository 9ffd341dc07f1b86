"""What a token may be narrowed to."""

from __future__ import annotations

from functools import cache

from governance.policy.bundle import load_bundle


@cache
def known_scopes() -> frozenset[str]:
    """Every action that policy knows, and every family of actions (`execution.*`)."""
    actions = load_bundle().data["maestro"]["tables"]["actions"]
    return frozenset(actions) | {action["scope"] for action in actions.values()}
