"""What the marketplace takes with 10,000 templates and 100,000 installations, over HTTP.

The time is the server's: from the request on a connection that is kept to the last byte. A withdrawal
is timed from its call until nothing that was installed of the release runs any more.
"""

from __future__ import annotations

import http.client
import itertools
import json
import time
from typing import Any

from tests.bench.engine import Ours, our_worker
from tests.bench.figures import Figures
from tests.bench.pages import PASSWORD, PORT, Browser, p95, wait_for_web
from tests.bench.world import processes, web_process, world

RUNNING = 500  # executions of the release that is withdrawn, of as many installations
HOT = 5  # withdrawals that are timed
WAITING = "- {id: a, task: core.wait@1, with: {duration: 12h}}"


class Calls:
    """The API on one connection that is kept, with a token."""

    def __init__(self, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self._token = token

    def install(self, name: str, release: str) -> float:
        """Milliseconds of one installation."""
        body = {"release": release, "name": name, "environment": "staging"}
        sent = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "X-Purpose": "practice",
            "Host": f"localhost:{PORT}",
        }
        began = time.perf_counter()
        self._connection.request("POST", "/api/installations/", json.dumps(body), sent)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        taken = (time.perf_counter() - began) * 1000
        if answer.status != 201:
            raise RuntimeError(f"{name}: {answer.status} {text[:500]}")
        return taken


def seed() -> None:
    """One release, one submission that waits, one installation: copied many times."""
    from maestro.kernel.tenant import tenant_scope
    from marketplace.services.install_release import install_release
    from tests.bench.marketplace_crowd import crowd
    from tests.factories import actor_of, make_tenant
    from tests.marketplace.worlds import published, submitted

    acme, globex = make_tenant("acme"), make_tenant("globex")
    release = published(acme)
    waiting = submitted(acme, name="other")
    instance = install_release(
        actor=actor_of(globex, "admin"), release="acme/tried", name="mine", environment="staging"
    )
    with tenant_scope(acme.pk):
        definition = release.template.definition_id
    crowd(
        definition=definition,
        version=release.version_id,
        template=release.template_id,
        release=release.pk,
        submission=waiting.pk,
        instance=instance.pk,
    )


def admin_of(slug: str) -> Any:
    """Somebody who installs in one of the many tenants, with a token and a password."""
    from maestro.kernel.actor import system_actor
    from maestro.tenancy.models import Tenant, User
    from maestro.tenancy.services.add_member import add_member
    from maestro.tenancy.services.create_token import create_token

    tenant = Tenant.objects.get(slug=slug)
    user = User.objects.create_user(f"admin@{slug}.test", PASSWORD, name="Admin")
    add_member(actor=system_actor("bench"), tenant=tenant, user=user, roles=["admin"])
    _, token = create_token(
        actor=system_actor("bench", tenant_id=tenant.pk), tenant=tenant, user=user, name="bench"
    )
    return user, token


def withdrawals(figures: Figures) -> None:
    """From withdrawing a release until nothing of it runs, with two workers."""
    from maestro.kernel.statements import fetch
    from maestro.runtime.services.start_execution import start_execution
    from maestro.tenancy.models import Tenant
    from marketplace.services.install_release import install_release
    from marketplace.services.withdraw_release import withdraw_release
    from tests.factories import actor_of
    from tests.marketplace.worlds import published

    acme = Tenant.objects.get(slug="acme")
    owner = actor_of(acme, "admin")
    operator = actor_of(Tenant.objects.get(slug="installer-2"), "admin")
    left = (
        "SELECT count(*) AS n FROM runtime_execution WHERE version_id = %(version)s"
        " AND finished_at IS NULL"
    )
    waits = (
        "SELECT count(*) AS n FROM runtime_steprun s JOIN runtime_execution e ON e.id ="
        " s.execution_id WHERE e.version_id = %(version)s AND s.status = 'waiting'"
    )

    def count(statement: Any, version: Any) -> int:
        return int(fetch("jobs", statement, {"version": version})[0]["n"])

    def once(n: int) -> float:
        release = published(acme, slug=f"hot-{n}", steps=WAITING)
        for number in range(RUNNING):
            name = f"hot-{n}-{number}"
            install_release(
                actor=operator, release=release.address, name=name, environment="staging"
            )
            start_execution(actor=operator, installation=name)
        while count(waits, release.version_id) < RUNNING:
            time.sleep(0.05)
        began = time.perf_counter()
        withdraw_release(actor=owner, release=release.pk, mode="stop", reason="It leaks.")
        while count(left, release.version_id):
            time.sleep(0.01)
        return time.perf_counter() - began

    beat = [*our_worker(1)[:3], "-A", "maestro", "--skip-checks", "beat", "-S", "django"]
    with processes(our_worker(1), our_worker(2), beat):
        times = [once(n) for n in range(HOT)]
    figures.keep(
        "withdraw_all_stopped_s",
        times,
        f"a release is withdrawn until its {RUNNING} running executions have ended, two workers",
    )


def main() -> None:
    """Run all of it."""
    figures = Figures("marketplace")
    with world():
        Ours()
        from maestro.tenancy.models import User

        began = time.perf_counter()
        seed()
        figures.note(f"the marketplace was filled in {time.perf_counter() - began:.0f} s")
        person, token = admin_of("installer-1")
        admin = User.objects.create_superuser("root@bench.test", PASSWORD, name="Root")
        with processes(web_process(PORT)):
            wait_for_web()
            visitor, calls = Browser(person.email), Calls(token)
            lists = [
                "/marketplace/",
                "/marketplace/?q=rotate+keys",
                "/marketplace/?category=HR&risk=low",
            ]
            figures.keep(
                "marketplace_list_p95_ms",
                p95(lambda n: visitor.timed(lists[n % 3])),
                "the marketplace: all, by words, by two facets",
            )
            # Every tenth template is internal; these are for everybody.
            pages = _pages()
            figures.keep(
                "release_page_p95_ms",
                p95(lambda n: visitor.timed(pages[n % len(pages)])),
                "the page of a release",
            )
            names = itertools.count()
            figures.keep(
                "install_p95_ms",
                p95(lambda n: calls.install(f"new-{next(names)}", "acme/tried")),
                "POST /api/installations/: checked, decided, granted, receipt",
            )
            reviewer = Browser(admin.email)  # the server ends a connection that says nothing
            queues = ["/admin/marketplace/submission/", "/admin/marketplace/submission/?p=3"]
            figures.keep(
                "review_queue_p95_ms",
                p95(lambda n: reviewer.timed(queues[n % 2])),
                "a queue of 2,000 submissions in the console",
            )
        withdrawals(figures)


def _pages() -> list[str]:
    from catalog.models import WorkflowTemplate

    rows = WorkflowTemplate.objects.using("platform").filter(visibility="public-ecosystem")
    return [f"/marketplace/{row.publisher}/{row.slug}/" for row in rows.order_by("id")[:50]]


if __name__ == "__main__":
    main()
