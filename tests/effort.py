"""Bounding what a text may cost that somebody made to be slow to read."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooMuchEffort(AssertionError):
    """It took longer than it may."""


@contextmanager
def seconds_of_work(most: float) -> Iterator[None]:
    """Fails once this process worked so long on it; what others do at that time does not count."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TooMuchEffort(f"more than {most} s of work")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
