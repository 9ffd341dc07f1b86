"""Starts executions on whatever database the environment names, and says their ids.

python -m tests.faults.elsewhere COUNT HOST:PORT
"""

from __future__ import annotations

import os
import sys

import django


def main() -> None:
    """Make a tenant of this call, with a workflow, and start it COUNT times."""
    django.setup()
    from tests.factories import actor_of, make_member, make_tenant, make_user
    from tests.faults.service import endpoints_of, through_the_gate
    from tests.runtime.driving import freeze, start

    count, address = int(sys.argv[1]), sys.argv[2]
    own = f"tenant-{os.getpid()}"
    tenant = make_tenant(own)
    user = make_member(tenant, "author", user=make_user(f"author@{own}.test"))
    author = actor_of(tenant, "author", user=user)
    freeze(author, through_the_gate(address), rest=endpoints_of(address))
    for _ in range(count):
        sys.stdout.write(f"{start(author).pk}\n")


if __name__ == "__main__":
    main()
