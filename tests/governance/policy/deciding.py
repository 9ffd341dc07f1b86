"""A process that decides all the time, and says ten times a second by which policies.

python -m tests.governance.policy.deciding THREADS
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from itertools import count

import django


def main() -> None:
    """Decide until killed."""
    django.setup()
    from governance.policy.engine import engine
    from tests.governance.test_policies import LISTED, asked

    question = asked(LISTED["cases"]["an operator starts a workflow"])
    told: Counter[str] = Counter()
    latest = [""]

    def decide() -> None:
        pause = threading.Event()
        for number in count():
            somebody = {**question["subject"], "id": f"{number % 1000} {threading.get_ident()}"}
            answer = engine().decide({**question, "subject": somebody})
            told["allowed" if answer.allow else "refused"] += 1
            latest[0] = answer.revision
            pause.wait(0.002)

    for _ in range(int(sys.argv[1])):
        threading.Thread(target=decide, daemon=True).start()
    while True:
        line = {"revision": latest[0], "at": time.time(), **told}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        time.sleep(0.1)


if __name__ == "__main__":
    main()
