"""How much memory a process and all that descend from it take.

python -m maestro.embedded.memory PID
"""

from __future__ import annotations

import sys
from contextlib import suppress

import psutil


def proportional(pid: int) -> dict[str, int]:
    """Bytes of PSS by "pid command", of `pid` and its descendants.

    PSS counts a page that several share in equal parts (proc(5), `smaps_rollup`), so the sum is
    what the machine would get back. Processes of somebody else, which can't be read, are missing.
    """
    root = psutil.Process(pid)
    found = {}
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.Error):
            name = f"{process.pid} {' '.join(process.cmdline())}"
            found[name] = int(process.memory_full_info().pss)
    return found


if __name__ == "__main__":
    measured = proportional(int(sys.argv[1]))
    for name, size in measured.items():
        sys.stdout.write(f"{size / 2**20:7.1f} MB  {name[:120]}\n")
    sys.stdout.write(f"{sum(measured.values()) / 2**20:7.1f} MB  in all\n")
