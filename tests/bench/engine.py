"""What the engine costs: the whole product against a plain Celery chain on the same broker.

A world of its own is started (PostgreSQL, Valkey, web, workers) under a temporary home, and
everything is measured in one run. Ours: `start_execution` with policy decided and recorded, durable
steps, to the execution's row saying that it ended. Theirs: `apply_async` to the last task.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from maestro.embedded.memory import proportional
from tests.bench.figures import Figures, percentile
from tests.bench.world import ROOT, processes, web_process, world

RUNS = 5
CHAIN = 40
MANY, SHORT = 500, 5


def chain_document(name: str, length: int) -> str:
    """A straight workflow of trivial steps, as YAML."""
    steps = "\n".join(
        f"  - {{id: s{n}, task: core.set@1, with: {{values: {{n: {n}}}}}"
        + (f", needs: [s{n - 1}]" if n else "")
        + "}"
        for n in range(length)
    )
    return (
        "apiVersion: maestro/v1\nkind: Workflow\n"
        f"metadata: {{name: {name}, title: {name}, version: 1.0.0, description: Benchmark.,"
        " category: FinOps, risk: low, owner_team: Bench, tags: [], changelog: First.}\n"
        f"parameters: {{type: object, properties: {{}}}}\nsteps:\n{steps}\n"
    )


def our_worker(number: int) -> list[str]:
    """A worker as `make run` starts it."""
    return [
        *(sys.executable, "-m", "celery", "-A", "maestro", "worker", "-P", "threads", "-c", "8"),
        *("-l", "ERROR", "--without-gossip", "--without-mingle", "-n", f"ours{number}@%h"),
    ]


def their_worker(number: int) -> list[str]:
    """A Celery worker with its default pool."""
    return [
        *(
            sys.executable,
            "-m",
            "celery",
            "-A",
            "tests.bench.plain_celery",
            "worker",
            "-l",
            "ERROR",
        ),
        *("--without-gossip", "--without-mingle", "-n", f"plain{number}@%h", "-Q", "plain"),
    ]


class Ours:
    """The product, in this process as far as starting goes."""

    def __init__(self) -> None:
        import django

        django.setup()
        from maestro.tenancy.models import Tenant, User

        self.tenant = Tenant.objects.create(slug="bench", name="Bench")
        self.user = User.objects.create_user("bench@bench.test", "a bench password", name="Bench")
        from maestro.kernel.actor import Actor, ActorKind, system_actor
        from maestro.tenancy.services.add_member import add_member
        from maestro.tenancy.services.create_token import create_token

        add_member(
            actor=system_actor("bench"), tenant=self.tenant, user=self.user, roles=["author"]
        )
        _, self.token = create_token(
            actor=system_actor("bench", tenant_id=self.tenant.pk),
            tenant=self.tenant,
            user=self.user,
            name="bench",
        )
        self.actor = Actor(
            kind=ActorKind.USER,
            id=self.user.pk,
            name="Bench",
            tenant_id=self.tenant.pk,
            tenant_slug="bench",
            roles=frozenset({"author"}),
            purpose="practice",
        )
        for name, length in (("chain", CHAIN), ("short", SHORT), ("one", 1)):
            self.freeze(chain_document(name, length))

    def freeze(self, document: str) -> None:
        """Freeze a workflow."""
        from catalog.services.freeze_version import freeze_version

        freeze_version(actor=self.actor, source=document.encode(), media_type="application/yaml")

    def start(self, workflow: str) -> Any:
        """Start one execution; its id."""
        return self.execution(workflow).pk

    def execution(self, workflow: str) -> Any:
        """Start one execution."""
        from maestro.runtime.services.start_execution import start_execution

        return start_execution(actor=self.actor, workflow=workflow).execution

    def wait(self, ids: list[Any], timeout: float = 120) -> None:
        """Until all have succeeded."""
        from django.db import connections

        deadline = time.monotonic() + timeout
        statement = (
            "SELECT count(*) FILTER (WHERE status = 'succeeded') AS ok,"
            " count(*) FILTER (WHERE status IN ('failed', 'cancelled')) AS bad"
            " FROM runtime_execution WHERE id = ANY(%(ids)s)"
        )
        time.sleep(0.002)
        while True:
            # Planned each time: a plan from when the table was small would read all of it for one.
            with connections["jobs"].cursor() as cursor:
                cursor.execute(statement, {"ids": ids})
                ok, bad = cursor.fetchone()
            if bad:
                raise RuntimeError("an execution of the benchmark failed")
            if ok == len(ids):
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{ok} of {len(ids)} executions ended")
            # Whoever asks takes the processor from what is measured: seldom, and not too early.
            time.sleep(0.001 if len(ids) == 1 else 0.01)


def timed(work: Any) -> float:
    """Seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def straight(figures: Figures, ours: Ours) -> None:
    """w1: 40 trivial steps in a row."""
    from tests.bench import plain_celery

    def their_run() -> None:
        plain_celery.start_chain(CHAIN)
        plain_celery.wait_for(1)

    def our_run() -> None:
        ours.wait([ours.start("chain")])

    with processes(our_worker(1), their_worker(1)):
        for _ in range(5):
            our_run(), their_run()
        pairs = [(timed(our_run), timed(their_run)) for _ in range(RUNS * 3)]
    mine = sorted(pair[0] for pair in pairs)[len(pairs) // 2]
    theirs = sorted(pair[1] for pair in pairs)[len(pairs) // 2]
    figures.note(f"40 steps: ours {mine * 1000:.1f} ms, a Celery chain {theirs * 1000:.1f} ms")
    groups = [pairs[n::RUNS] for n in range(RUNS)]
    ratios = [sum(a for a, _ in group) / sum(b for _, b in group) for group in groups]
    figures.keep("w1_over_celery_chain", ratios, "40 steps in a row, ours over the chain's time")


def many(figures: Figures, ours: Ours) -> None:
    """w2: 500 workflows of 5 steps at once, with two worker processes."""
    from tests.bench import plain_celery

    def their_run() -> None:
        for _ in range(MANY):
            plain_celery.start_chain(SHORT)
        plain_celery.wait_for(MANY)

    def our_run() -> None:
        ours.wait([ours.start("short") for _ in range(MANY)])

    # All four workers run throughout, and the two sides take turns: a machine that grows slower
    # grows slower for both.
    with processes(our_worker(1), our_worker(2), their_worker(1), their_worker(2)):
        our_run(), their_run()
        pairs = [(timed(our_run), timed(their_run)) for _ in range(RUNS)]
    mine, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    ratios = [b / a for a, b in pairs]
    figures.note(
        f"500 x 5 steps: ours {MANY * SHORT / sorted(mine)[2]:.0f} steps/s,"
        f" Celery chains {MANY * SHORT / sorted(theirs)[2]:.0f} steps/s"
    )
    figures.keep("w2_over_celery_chain", ratios, "steps a second, ours over the chains'")


def single(figures: Figures, ours: Ours) -> None:
    """w3: one step on an idle system."""

    def run() -> None:
        ours.wait([ours.start("one")])

    with processes(our_worker(1)):
        for _ in range(20):
            run()
        medians = []
        for _ in range(RUNS):
            times = []
            for _ in range(40):
                time.sleep(0.02)
                times.append(timed(run) * 1000)
            medians.append(percentile(times, 0.5))
    figures.keep("w3_p50_ms", medians, "start_execution to the row that says it ended, one step")


def api(figures: Figures, ours: Ours) -> None:
    """POST /api/executions/ over HTTP, one connection kept alive, workers running."""
    port = 18_765
    body = json.dumps({"workflow": "one"})
    headers = {
        "Authorization": f"Bearer {ours.token}",
        "Content-Type": "application/json",
        "X-Purpose": "practice",
    }
    with processes(web_process(port), our_worker(1)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        deadline = time.monotonic() + 60
        while True:
            try:
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                break
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                connection.close()
                time.sleep(0.1)

        def post() -> float:
            began = time.perf_counter()
            connection.request("POST", "/api/executions/", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {text[:300]!r}")
            return (time.perf_counter() - began) * 1000

        for _ in range(50):
            post()
        runs = []
        for _ in range(RUNS):
            times = []
            for _ in range(100):
                time.sleep(0.01)
                times.append(post())
            runs.append(percentile(times, 0.95))
    figures.keep(
        "api_create_p95_ms", runs, "POST /api/executions/, 100 posts a run, one after another"
    )


def idle(figures: Figures) -> None:
    """The whole of `make run` at rest: the sum of what its processes hold (PSS)."""
    home = tempfile.mkdtemp(prefix="maestro-idle-")
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DATABASE_", "CELERY_", "DJANGO_", "MAESTRO_"))
    }
    environ |= {
        "MAESTRO_HOME": home,
        "PORT": "18800",
        "PRACTICE_HTTP_PORT": "18825",
        "PRACTICE_SMTP_PORT": "18826",
    }
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "maestro.embedded.supervisor"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert supervisor.stdout is not None
        for line in supervisor.stdout:
            if "Accounts" in line:
                break
        runs = []
        for _ in range(RUNS):
            time.sleep(5)
            runs.append(sum(proportional(supervisor.pid).values()) / 2**20)
        figures.keep("idle_rss_mb", runs, "make run at rest, every process, PSS")
    finally:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Run all of it."""
    figures = Figures("engine")
    with world():
        ours = Ours()
        straight(figures, ours)
        many(figures, ours)
        single(figures, ours)
        api(figures, ours)
    idle(figures)


if __name__ == "__main__":
    main()
