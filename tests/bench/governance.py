"""What deciding, proving and checking take.

Every question to policy is another one, so that no answer is one that was kept. Both engines are
asked the same questions, taking turns.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

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
        verifying(figures, ours)
        evidence(figures, ours)
        auditing(figures, ours)


def milliseconds(do: Callable[[], Any]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    do()
    return (time.perf_counter() - began) * 1000


def question(ours: Ours) -> dict[str, Any]:
    """May the person start a workflow that nobody asked about before?"""
    from governance.policy.facts import policy_input
    from governance.resource import Resource

    resource = Resource(
        "workflow",
        str(uuid4()),
        ours.tenant.pk,
        {"risk": "high", "state": "active", "approvals": 0},
    )
    return policy_input(
        actor=ours.actor,
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

    def once() -> None:
        resource = Resource("workflow", str(uuid4()), ours.tenant.pk, {"risk": "low"})
        with tenant_scope(ours.tenant.pk):
            authorize(actor=ours.actor, action="workflow.update", resource=resource)

    for _ in range(50):
        once()
    runs = [percentile([milliseconds(once) for _ in range(QUESTIONS)], 0.95) for _ in range(RUNS)]
    figures.keep("authorize_p95_ms", runs, "a transaction with one question, decided and recorded")


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
