"""Runs the practice world: `python -m maestro.practice`, until it is told to end."""

from __future__ import annotations

import os
import signal
import sys
import threading

from maestro.practice.mail import Mailbox, smtp_server
from maestro.practice.server import PracticeServer, Services
from maestro.practice.world import World

HOST = "127.0.0.1"


def main() -> int:
    """Serve on `PRACTICE_HTTP_PORT` (8025) and `PRACTICE_SMTP_PORT` (1025), on loopback only."""
    mailbox = Mailbox()
    http_port = int(os.environ.get("PRACTICE_HTTP_PORT") or 8025)
    smtp_port = int(os.environ.get("PRACTICE_SMTP_PORT") or 1025)
    stop = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda *_: stop.set())
    try:
        server = PracticeServer(HOST, http_port, Services(World(), mailbox))
        smtp = smtp_server(mailbox, HOST, smtp_port)
        smtp.start()
    except OSError as problem:
        sys.stderr.write(f"ERROR: the practice world can't listen: {problem}\n")
        return 1
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    stop.wait()
    server.shutdown()
    smtp.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
