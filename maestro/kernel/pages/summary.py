"""What `components/summary.html` shows on top of a form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line of the error summary; `target` is the id of a control, or empty."""

    text: str
    target: str
