"""What deciding, proving and checking take.

Every question that the engines are timed with differs in what policies look at, so that no answer
is one that was kept. Both are asked the same questions, taking turns. `authorize` is timed as it is
used, the same person on one workflow after another, and with questions that are new each time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from maestro.kernel.actor import Actor
from tests.bench.engine import RUNS, Ours, chain_document
from tests.bench.figures import Figures, percentile
from tests.bench.world import world

QUESTIONS = 400  # a run
STEPS = 10
EXECUTIONS = 20  # whose evidence is made, a run
RECORDS = 100_000
VERIFIED = 2000  # envelopes a run

_DECISIONS = """
INSERT INTO governance_decision
SELECT (jsonb_populate_record(d, jsonb_build_object('id', uuidv7(), 'resource_id', n::text))).*
FROM governance_decision d, generate_series(1, %(number)s) AS n
WHERE d.id = %(like)s
"""


def main() -> None:
    """Run all of it."""
    figures = Figures("governance")
    with world() as home:
        ours = Ours()
        deciding(figures, ours, home)
        authorizing(figures, ours)
        following(figures, home)
        verifying(figures, ours)
        evidence(figures, ours)
        auditing(figures, ours)


def milliseconds(do: Callable[[], Any]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


def question(ours: Ours) -> dict[str, Any]:
    """May a person who never asked before start a workflow?"""
    from governance.policy.facts import policy_input
    from governance.resource import Resource

    resource = Resource(
        "workflow",
        str(uuid4()),
        ours.tenant.pk,
        {"risk": "high", "state": "active", "approvals": 0},
    )
    return policy_input(
        actor=replace(ours.actor, id=uuid4()),
        action="execution.start",
        resource=resource,
        context={"environment": "production"},
    )


def deciding(figures: Figures, ours: Ours, home: Path) -> None:
    """The embedded engine, and OPA beside it."""
    from governance.policy.bundle import load_bundle
    from governance.policy.embedded import EmbeddedRego
    from governance.policy.opa import OpaServer
    from tests.governance.policy.real_opa import opa_over

    bundle = load_bundle()
    embedded = EmbeddedRego(bundle)
    with opa_over(bundle, home) as url:
        opa = OpaServer(url)
        for engine in (embedded, opa):
            for _ in range(50):
                engine.decide(question(ours))
        p99s, ratios = [], []
        for _ in range(RUNS):
            taken: dict[str, list[float]] = {"embedded": [], "opa": []}
            for _ in range(QUESTIONS):
                asked = question(ours)
                for name, engine in (("embedded", embedded), ("opa", opa)):
                    taken[name].append(milliseconds(lambda e=engine, a=asked: e.decide(a)))
            p99s.append(percentile(taken["embedded"], 0.99))
            ratios.append(percentile(taken["embedded"], 0.5) / percentile(taken["opa"], 0.5))
    figures.keep("decide_embedded_p99_ms", p99s, f"{QUESTIONS} decisions in process a run")
    figures.keep("embedded_over_opa_http_p50", ratios, "in process over OPA by HTTP, kept alive")


def authorizing(figures: Figures, ours: Ours) -> None:
    """`authorize` in a transaction of its own: input built, decided, recorded, committed."""
    from governance.resource import Resource
    from governance.services.authorize import authorize
    from maestro.kernel.tenant import tenant_scope

    def ask(actor: Actor) -> None:
        resource = Resource("workflow", str(uuid4()), ours.tenant.pk, {"risk": "low"})
        with tenant_scope(ours.tenant.pk):
            authorize(actor=actor, action="workflow.update", resource=resource)

    def somebody_new() -> None:
        ask(replace(ours.actor, teams=frozenset({str(uuid4())})))

    def p95(once: Callable[[], None]) -> float:
        return percentile([milliseconds(once) for _ in range(QUESTIONS)], 0.95)

    for _ in range(50):
        somebody_new()
    new = [p95(somebody_new) for _ in range(RUNS)]
    figures.note(f"authorize, with a question that is new each time: p95 {median(new):.2f} ms")
    runs = [p95(lambda: ask(ours.actor)) for _ in range(RUNS)]
    figures.keep("authorize_p95_ms", runs, "a transaction with one question, decided and recorded")


def following(figures: Figures, home: Path) -> None:
    """Other policies, and back: how long until the last of several busy processes goes by them."""
    from governance.policy.bundle import load_bundle
    from governance.services.activate_policies import activate_policies, rollback_policies
    from governance.services.build_policies import build_policies
    from maestro.kernel.actor import system_actor
    from tests.governance.policy.changing import shipped_with
    from tests.governance.policy.processes import PROCESSES, followed, processes_that_decide

    maestro = system_actor("bench")
    shipped = load_bundle().revision
    folder = shipped_with(home, "other", authz="\n# other\n")
    other = build_policies(actor=maestro, folder=folder)
    taken = []
    with processes_that_decide(home, logs=home) as processes:
        for _ in range(RUNS):
            activate_policies(actor=maestro, bundle=other)
            taken.append(followed(processes, other.revision))
            rollback_policies(actor=maestro)
            taken.append(followed(processes, shipped))
    figures.keep(
        "policy_followed_s", taken, f"from the commit to the last of {PROCESSES} busy processes"
    )


def verifying(figures: Figures, ours: Ours) -> None:
    """Receipts as they lie in a file: read, verified, checked for what they claim."""
    from governance.models import Receipt
    from governance.signing import signing_ring
    from governance.trust.statement import RECEIPT_TYPE, signed_statement, verify_statement
    from maestro.kernel.tenant import tenant_scope

    with tenant_scope(ours.tenant.pk):
        receipt = Receipt.objects.filter(kind="workflow.freeze")[0]
    raw = json.dumps(signed_statement(receipt.statement, receipt.signatures).as_dict()).encode()
    keys = signing_ring().trusted

    def run() -> float:
        began = time.perf_counter()
        for _ in range(VERIFIED):
            verify_statement(raw, keys, predicate_type=RECEIPT_TYPE)
        return VERIFIED / (time.perf_counter() - began)

    figures.keep("verify_per_s", [run() for _ in range(RUNS)], "signed receipts, one core")


def evidence(figures: Figures, ours: Ours) -> None:
    """The evidence of executions of ten steps, each in its transaction."""
    from maestro.runtime.services.make_evidence import make_evidence, make_one
    from maestro.runtime.worker.drive import drive

    ours.freeze(chain_document("ten", STEPS))
    while make_evidence():
        pass

    def run() -> float:
        for _ in range(EXECUTIONS):
            drive(ours.start("ten"))
        taken = [milliseconds(make_one) for _ in range(EXECUTIONS)]
        return percentile(taken, 0.95)

    run()
    figures.keep(
        "evidence_p95_ms", [run() for _ in range(RUNS)], f"the evidence of {STEPS} steps, signed"
    )


def auditing(figures: Figures, ours: Ours) -> None:
    """A chain of a hundred thousand records, linked and then verified."""
    from django.db import connections

    from governance.models import Decision
    from governance.services.link_audit import link_audit
    from governance.services.verify_audit import verify_audit
    from maestro.kernel.tenant import tenant_scope

    with tenant_scope(ours.tenant.pk):
        like = Decision.objects.filter(action="execution.start")[0]
    with connections["owner"].cursor() as cursor:
        cursor.execute(_DECISIONS, {"number": RECORDS, "like": like.pk})
    began = time.perf_counter()
    while link_audit():
        pass
    figures.note(f"{RECORDS} records linked in {time.perf_counter() - began:.1f} s")

    def run() -> float:
        began = time.perf_counter()
        found = verify_audit(tenant_id=ours.tenant.pk, using="platform")
        if found.fault or found.entries < RECORDS:
            raise RuntimeError(f"the chain is not as it was made: {found}")
        return time.perf_counter() - began

    figures.keep("audit_verify_100k_s", [run() for _ in range(3)], f"a chain of {RECORDS} records")


if __name__ == "__main__":
    main()
