"""Contexts of the pages of upgrades, made as the views make them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from catalog.document import Document, parse_document
from catalog.models import WorkflowTemplate
from connectors.contract import PlannedCall
from connectors.registry import registry
from governance.policy.answer import PolicyAnswer
from governance.resource import Resource
from governance.services.verify_receipt import Verification
from maestro.gallery import sample_marketplace
from maestro.gallery.sample_facts import DIGEST, ago
from maestro.gallery.sample_installing import installation
from maestro.kernel.errors import Problem, Reason
from maestro.runtime.rehearsal import Rehearsed
from maestro.runtime.services.simulate import Simulation
from marketplace.following import OUTCOMES
from marketplace.models import Release, Rollout, WorkflowInstance
from marketplace.pages.rolling_out import rolling_out_page
from marketplace.pages.upgrade_form import first_answers, problems_of
from marketplace.pages.upgrading import upgrade_page
from marketplace.services.check_installation import Checked
from marketplace.services.find_release import FoundRelease
from marketplace.services.prepare_upgrade import PreparedUpgrade
from marketplace.services.simulate_upgrade import SimulatedUpgrade
from marketplace.upgrade_plan import Given, plan_upgrade
from marketplace.wanted import Wanted

HERE = "/installations/cost-anomaly/"
_BEFORE = """\
apiVersion: maestro/v1
kind: Workflow
metadata:
  name: cost-anomaly
  title: Investigate a cost anomaly
  version: 2.1.0
  description: Finds the accounts behind a cost that is out of line.
  category: FinOps
  risk: medium
  owner_team: Northwind Cost Desk
  tags: [costs]
  changelog: Reads costs up to 30 days back.
parameters:
  type: object
  required: [threshold]
  properties:
    threshold: {type: integer, title: Threshold in percent}
    channel: {type: string, default: "#finops-alerts"}
secrets:
  slack_bot: {description: Posts the finding.}
  cloud: {description: Reads the bill.}
endpoints:
  billing: {default: "https://billing.northwind.example"}
  scores: {default: "https://scores.northwind.example"}
steps:
  - id: read
    task: http.request@1
    with: {method: GET, url: "https://billing.northwind.example/costs"}
"""
_AFTER = (
    _BEFORE.replace("version: 2.1.0", "version: 3.0.0")
    .replace("required: [threshold]", "required: [threshold_percent, minimum_cost]")
    .replace(
        "    threshold: {type: integer, title: Threshold in percent}\n",
        "    threshold_percent: {type: integer, title: Threshold in percent}\n"
        "    minimum_cost: {type: number, title: Minimum cost, description: In USD a day.}\n"
        "    look_back_days: {type: integer, default: 30}\n",
    )
    .replace("endpoints:\n", 'endpoints:\n  costs: {default: "https://costs.cloud.example"}\n')
    .replace('  scores: {default: "https://scores.northwind.example"}\n', "")
    .replace("  billing: {", "  bills: {")
    .replace("  cloud: {", "  cloud_reader: {")
    .replace("  slack_bot: {", "  model: {description: Scores what is found.}\n  slack_bot: {")
    + "migrations: [{from: '<3.0.0', rename: {threshold: threshold_percent},"
    " secrets: {cloud: cloud_reader}, endpoints: {billing: bills}}]\n"
)


def _document(text: str) -> Document:
    return parse_document(text.encode(), manifests=registry().manifests())


def _release(document: Document, *, days: int, changelog: str) -> FoundRelease:
    release = Release(
        publisher="northwind",
        slug="cost-anomaly",
        number=document.version,
        digest=DIGEST,
        is_breaking=document.version == "3.0.0",
        changelog=changelog,
    )
    release.created_at = ago(days=days)
    return FoundRelease(release, WorkflowTemplate(), document, Verification(verified=True), "")


def _prepared() -> PreparedUpgrade:
    instance = WorkflowInstance(
        name="cost-anomaly",
        title="Investigate a cost anomaly",
        publisher="northwind",
        slug="cost-anomaly",
        number="2.1.0",
        environment="production",
        region="eu-west",
        parameters={"threshold": 25, "channel": "#finops-alerts"},
        secrets={"slack_bot": "slack-finops-bot", "cloud": "aws-billing-reader"},
        endpoints={"billing": "https://billing.northwind.example"},
        hosts=["billing.northwind.example"],
    )
    before = _release(_document(_BEFORE), days=186, changelog="Reads costs up to 30 days back.")
    after = _release(_document(_AFTER), days=4, changelog="Scores anomalies with a model.")
    given = Given(instance.parameters, instance.secrets, {})
    manifests = registry().manifests()
    plan = plan_upgrade(before.document, after.document, given=given, manifests=manifests)
    checked = Checked(
        wanted=Wanted(parameters=plan.migrated.parameters, secrets=plan.migrated.secrets),
        problems=(
            Problem("/secrets/model", "Pick a stored secret for model.", "secret_missing"),
            Problem("/parameters/minimum_cost", "Give a value.", "missing"),
            Problem(
                "/hosts", "An endpoint leads to costs.cloud.example, which is not granted.",
                "host_not_granted", "Grant it, or give another address.",
            ),
        ),
        answer=PolicyAnswer(
            allow=False,
            deny=(
                Reason(
                    "host_not_granted",
                    "The installation was not granted a host that this reaches.",
                    "SOC2:CC6.6",
                ),
            ),
            obligations=(),
            revision="r118",
        ),
        resource=Resource(type="installation"),
        context={},
        reached=("billing.northwind.example", "costs.cloud.example"),
        hosts=("billing.northwind.example",),
        secrets={"model": "model", **plan.migrated.secrets},
        endpoints={
            "bills": "https://billing.northwind.example", "costs": "https://costs.cloud.example",
        },
    )  # fmt: skip
    releases = [
        after.release,
        _release(_document(_BEFORE), days=110, changelog="Is faster.").release,
    ]
    releases[1].number = "2.2.0"
    return PreparedUpgrade(
        instance=instance, before=before, after=after, plan=plan, checked=checked,
        releases=releases, numbers=["3.0.0", "2.2.0"],
        stored=(("aws-billing-reader", ""), ("slack-finops-bot", "Posts as Maestro")),
    )  # fmt: skip


def upgrade() -> dict[str, Any]:
    """What it breaks, reaches and needs, before anything was answered."""
    found = _prepared()
    missing = SimulatedUpgrade("finops.review", why_not="", problems=found.checked.problems)
    page = upgrade_page(found, first_answers(found), url=HERE, simulated=missing)
    return page | {"fine": False}


def upgrade_errors() -> dict[str, Any]:
    """The same, sent as it was."""
    found = _prepared()
    answers = first_answers(found)
    problems = problems_of(answers, found.checked)
    return upgrade_page(found, answers, problems, url=HERE) | {"fine": False}


def upgrade_fine() -> dict[str, Any]:
    """Checked: nothing is wrong, nothing breaks."""
    found = _prepared()
    allowed = PolicyAnswer(allow=True, deny=(), obligations=(), revision="r118")
    wanted = Wanted(parameters={"threshold": 30}, secrets=found.instance.secrets)
    checked = replace(
        found.checked, problems=(), answer=allowed, wanted=wanted, reached=(),
        secrets=found.instance.secrets,
        endpoints={name: one.default for name, one in found.before.document.endpoints.items()},
    )  # fmt: skip
    same = replace(found.before, release=found.releases[1])
    given = Given(found.instance.parameters, found.instance.secrets, {})
    plan = plan_upgrade(
        found.before.document, same.document, given=given, manifests=registry().manifests()
    )
    found = replace(
        found, after=same, checked=checked, plan=plan, releases=found.releases[1:],
        numbers=["2.2.0"],
    )  # fmt: skip
    page = upgrade_page(found, first_answers(found), url=HERE, simulated=_simulated())
    return page | {"fine": True}


def _simulated() -> SimulatedUpgrade:
    call = PlannedCall(
        summary="GET https://billing.northwind.example/costs",
        host="billing.northwind.example",
        method="GET",
    )
    refusal = Reason("quota_used_up", "It was started 50 times in 24 hours, as often as it may.")
    told = Simulation(
        status="succeeded", steps=[Rehearsed("read", "http.request@1", "run", (call,))],
        outputs=None, error=None, hosts=["billing.northwind.example"],
        secrets=["aws-billing-reader", "slack-finops-bot"], missing_secrets=[],
        policy={}, refusals=[refusal.as_dict()], admitted=True,
    )  # fmt: skip
    return SimulatedUpgrade("finops.review", told)


def adoptions() -> dict[str, Any]:
    """Who has it, releases on their way, one of them halted, and the form that asks to upgrade."""
    template = WorkflowTemplate(publisher="northwind", slug="cost-anomaly")
    releases = [Release(number=number) for number in ("3.0.0", "2.2.1", "2.2.0")]
    halted = Rollout(
        release=releases[1], status="halted", wave=1, followers=14, done=1, skipped=0,
        halted_reason="More runs fail since the upgrade than before it, so that the next wave does not"
        " begin. Too few tenants ran it to say how many.",
        waves=[_wave(upgraded=1)],
        rates={"before": None, "waves": [None]},
    )  # fmt: skip
    going = Rollout(
        release=releases[0], status="running", wave=2, followers=140, done=10, skipped=4,
        waves=[_wave(upgraded=2), _wave(upgraded=8, waiting=3, failed=1), _wave()],
        rates={"before": [900, 36], "waves": [None, [30, 1], None]},
    )  # fmt: skip
    done = Rollout(release=releases[2], status="done", wave=3, followers=12, done=12)
    page = rolling_out_page(template, [going, halted, done], releases, why_not="")
    return sample_marketplace.adoptions() | page


def _wave(**counts: int) -> dict[str, Any]:
    return {"begun_at": ago(days=1).isoformat(), **dict.fromkeys(OUTCOMES, 0), **counts}


def installation_news() -> dict[str, Any]:
    """One that is deprecated, is asked to upgrade, and can go back."""
    shown = installation()
    return shown | {
        "instance": shown["instance"] | {"number": "2.1.0"},
        "changes": shown["changes"][1:],
        "warnings": [
            {
                "tone": "warn",
                "title": "2.1.0 is deprecated: it still runs, look for its successor",
                "text": "It counts some costs twice.",
                "url": "/marketplace/northwind/cost-anomaly/3.0.0/",
                "label": "Use northwind/cost-anomaly@3.0.0 instead",
            }
        ],
        "upgrade": {
            "number": "3.0.0",
            "changelog": "Scores anomalies with a model. The owner is a list.",
            "means": "breaking",
            "released_at": ago(days=4),
            "url": f"{HERE}upgrade/",
        },
        "proposals": [
            {
                "number": "3.0.0",
                "publisher": "northwind",
                "by": "Petra Novak",
                "message": "2.1.0 reads a table that we will close.",
                "deadline": ago(days=-30).date(),
                "url": f"{HERE}upgrade/?to=3.0.0",
            }
        ],
        "roll_back": {
            "number": "2.0.4",
            "from_number": "2.1.0",
            "revision": 4,
            "url": f"{HERE}roll-back/",
        },
    }
