"""Ending what does not end: a text that somebody made to be slow to read.

No figure: read once it costs a fraction of a second, in each way in which it can be cut, minutes.
"""

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
