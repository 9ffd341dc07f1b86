"""What pages take in a tenant of 10,000 workflows and 1,000,000 executions, over HTTP and in Chromium.

The time is the server's: from the request on a connection that is kept to the last byte of the page.
`lcp` is the browser's own Largest Contentful Paint (W3C), with nothing in its cache.
"""

from __future__ import annotations

import html
import http.client
import json
import re
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urljoin

from playwright.sync_api import Page, sync_playwright

from tests.bench.engine import RUNS, Ours
from tests.bench.figures import Figures, percentile
from tests.bench.world import processes, web_process, world
from tests.services_report import real_service

PORT = 18_766
PASSWORD = "a bench password"
TIMES = 40  # requests a run
STEPS = 40
WAITING = """\
apiVersion: maestro/v1
kind: Workflow
metadata: {name: waiting, title: Waiting, version: 1.0.0, description: Benchmark., category: FinOps,
  risk: low, owner_team: Bench, tags: [], changelog: First.}
parameters: {type: object, properties: {}}
steps:
  - {id: asked, task: core.approval@1, with: {count: 1}}
"""
LCP = """
() => new Promise(done => new PerformanceObserver(list =>
    done(list.getEntries().at(-1).startTime)
).observe({type: "largest-contentful-paint", buffered: true}))
"""


class Browser:
    """One signed-in person on one connection that is kept."""

    def __init__(self, email: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self.cookies: dict[str, str] = {}
        page = self.get("/sign-in/")[1]
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if found is None:
            raise RuntimeError("the sign-in page has no form")
        form = {"username": email, "password": PASSWORD, "csrfmiddlewaretoken": found[1]}
        status, text = self._ask("POST", "/sign-in/", urlencode(form))
        if status != 302:
            raise RuntimeError(f"{email} could not sign in: {status} {text[:300]}")

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The answer to a GET: its status and text."""
        return self._ask("GET", path, headers=headers)

    def timed(
        self, path: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> float:
        """Milliseconds that a GET takes. Raises `RuntimeError` for another answer than `status`."""
        began = time.perf_counter()
        found, text = self.get(path, headers)
        taken = (time.perf_counter() - began) * 1000
        if found != status:
            raise RuntimeError(f"{path}: {found} {text[:300]}")
        return taken

    def _ask(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Cookie": jar, "Host": f"localhost:{PORT}", **(headers or {})}
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent["Origin"] = f"http://localhost:{PORT}"
        self._connection.request(method, path, body or None, sent)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, rest = cookie.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return answer.status, text


def wait_for_web() -> None:
    """Until the web server listens."""
    deadline = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


def p95(ask: Callable[[int], float]) -> list[float]:
    """The 95th percentile of each run; the first requests are not counted."""
    for n in range(5):
        ask(n)
    return [percentile([ask(n) for n in range(TIMES)], 0.95) for _ in range(RUNS)]


def assets(figures: Figures, browser: Browser, path: str) -> None:
    """How large the scripts and styles of a page are, uncompressed."""
    page = browser.get(path)[1]
    for key, pattern in (
        ("js_kb", r'<script[^>]+src="([^"]+)"'),
        ("css_kb", r'<link[^>]+rel="stylesheet"[^>]+href="([^"]+)"'),
    ):
        sizes = [
            len(browser.get(urljoin(path, html.unescape(found)))[1].encode())
            for found in dict.fromkeys(re.findall(pattern, page))
        ]
        figures.keep(key, [sum(sizes) / 1000], f"{len(sizes)} files of {path}, uncompressed")


def painted(figures: Figures, cookies: Mapping[str, str], paths: list[str]) -> None:
    """Largest Contentful Paint, each time with an empty cache."""
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=real_service("chromium"), args=["--no-sandbox"]
        )

        def once(n: int) -> float:
            context = chromium.new_context(viewport={"width": 1280, "height": 800})
            context.add_cookies(
                [
                    {"name": name, "value": value, "domain": "localhost", "path": "/"}
                    for name, value in cookies.items()
                ]
            )
            tab: Page = context.new_page()
            tab.goto(f"http://localhost:{PORT}{paths[n % len(paths)]}")
            taken = float(tab.evaluate(LCP))
            context.close()
            return taken

        runs = [percentile([once(n) for n in range(10)], 0.95) for _ in range(RUNS)]
        chromium.close()
    figures.keep("lcp_p95_ms", runs, f"Largest Contentful Paint of {', '.join(paths)}")


def main() -> None:
    """Run all of it."""
    figures = Figures("pages")
    with world():
        ours = Ours()
        from maestro.runtime.worker.drive import drive
        from maestro.tenancy.models import User
        from tests.bench.crowd import EXECUTIONS, WORKFLOWS, crowd

        ours.freeze(WAITING)
        whole, waiting = ours.start("chain"), ours.start("waiting")
        one = ours.execution("one")
        for execution in (whole, waiting, one.pk):
            drive(execution)
        began = time.perf_counter()
        crowd(one.definition_id, one.pk)
        taken = time.perf_counter() - began
        figures.note(f"{WORKFLOWS} workflows and {EXECUTIONS} executions made in {taken:.0f} s")
        admin = User.objects.create_superuser("root@bench.test", PASSWORD, name="Root")
        with processes(web_process(PORT)):
            wait_for_web()
            person, reviewer = Browser(ours.user.email), Browser(admin.email)
            catalog = ["/catalog/", "/catalog/?q=rotate+keys", "/catalog/?category=HR&risk=low"]
            figures.keep(
                "catalog_p95_ms",
                p95(lambda n: person.timed(catalog[n % 3])),
                "the catalog: all, by words, by two facets",
            )
            page = f"/executions/{whole}/"
            figures.keep(
                "execution_page_p95_ms",
                p95(lambda n: person.timed(page)),
                f"an execution of {STEPS} steps",
            )
            text = person.get(f"/executions/{waiting}/")[1]
            live, told = (
                re.search(r'data-hx-get="([^"]+)"', text),
                re.search(r'data-hx-headers="([^"]+)"', text),
            )
            if live is None or told is None:
                raise RuntimeError("an execution that waits does not ask for news")
            asked = json.loads(html.unescape(told[1])) | {"HX-Request": "true"}
            path = html.unescape(live[1])
            figures.keep(
                "poll_unchanged_p95_ms",
                p95(lambda n: person.timed(path, 304, asked)),
                "asking a live execution for news when there is none",
            )
            lists = [
                "/admin/runtime/execution/",
                "/admin/runtime/execution/?status__exact=failed",
                "/admin/catalog/workflowdefinition/",
            ]
            figures.keep(
                "admin_list_p95_ms",
                p95(lambda n: reviewer.timed(lists[n % 3])),
                "lists of the admin: executions, those that failed, workflows",
            )
            assets(figures, person, page)
            painted(figures, person.cookies, ["/catalog/", page, "/executions/"])


if __name__ == "__main__":
    main()
