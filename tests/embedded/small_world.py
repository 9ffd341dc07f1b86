"""A supervisor with small processes in the places of web and worker, for its tests to break.

python -m tests.embedded.small_world [setup-fails] [worker-dies] [stubborn] [talkative]
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from maestro.embedded import parts
from maestro.embedded.supervisor import run

WEB = """
import http.server, os
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *args): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answers).serve_forever()
"""
WORKER = "import time; print('working', flush=True); time.sleep(3600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
# A parent with a child in its process group, as granian is.
FORKING = "import os, time; os.fork(); time.sleep(3600)"
TALKATIVE = (
    "import time; print('a usual line'); print('2026 WARNING the disk is slow', flush=True);"
    "time.sleep(3600)"
)


def setup() -> Mapping[str, Sequence[str]]:
    """A migration that does nothing, or fails."""
    failing = "setup-fails" in sys.argv
    code = "print('relation is gone'); raise SystemExit(3)" if failing else "print('migrated')"
    return {"migrate": [sys.executable, "-c", code]}


def commands(plan: parts.Plan) -> Mapping[str, Sequence[str]]:
    """The small processes, by the names of the real ones."""
    del plan
    worker = "raise SystemExit('no broker')" if "worker-dies" in sys.argv else WORKER
    codes = {"web": WEB, "worker": worker, "forking": FORKING}
    extra = {"stubborn": STUBBORN, "talkative": TALKATIVE}
    codes |= {name: code for name, code in extra.items() if name in sys.argv}
    return {name: [sys.executable, "-c", code] for name, code in codes.items()}


if __name__ == "__main__":
    sys.exit(run(setup, commands))
