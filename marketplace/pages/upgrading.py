"""The page of an upgrade: what it changes, and what policy says to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.changes import Klass
from catalog.pages.judging import judging, reaching
from governance.policy.answer import PolicyAnswer
from maestro.kernel.errors import Problem
from maestro.kernel.pages.picks import names
from maestro.runtime.pages.answers import Answers
from maestro.runtime.pages.preview import Rule, Verdict
from maestro.runtime.pages.preview import simulated as shown_simulation
from marketplace.pages.upgrade_bindings import endpoint_rows, secret_rows
from marketplace.pages.upgrade_form import problems_of, upgrade_form
from marketplace.pages.upgrade_rows import parameter_rows
from marketplace.policies import ABOUT_THE_PERSON
from marketplace.services.prepare_upgrade import PreparedUpgrade
from marketplace.services.simulate_upgrade import SimulatedUpgrade

BADGES = {
    Klass.BREAKING: "breaking",
    Klass.CAPABILITY: "reaches_more",
    Klass.COMPATIBLE: "compatible",
}


def verdict_of(
    answer: PolicyAnswer, *, wrong: int, number: str
) -> tuple[Verdict, tuple[Rule, ...]]:
    """What policy says to the upgrade, and each reason."""
    if not answer.allow:
        rules = tuple(Rule("refused", one.message, one.code, one.control) for one in answer.deny)
        if {one.code for one in answer.deny} <= {"host_not_granted"}:
            title = _("Allowed once the new hosts are granted")
            return Verdict("needs_approval", title, _("Tick them above.")), rules
        return Verdict("refused", _("Policy would refuse it"), _("Nothing would change.")), rules
    rules = (
        Rule("allowed", _("You may upgrade it here"), "installation.upgrade"),
        Rule("allowed", _("Its signature verifies, and it is not withdrawn")),
        Rule("allowed", _("Every host that it reaches is granted and allowed")),
    )
    if wrong:
        text = ngettext(
            "Answer %(count)s question first.", "Answer %(count)s questions first.", wrong
        )
        title = _("Policy would allow it")
        return Verdict("needs_approval", title, text % {"count": wrong}), rules
    text = _("It can go to %(number)s now.") % {"number": number}
    return Verdict("allowed", _("Policy would allow it"), text), rules


def why_not(answer: PolicyAnswer) -> str:
    """Why the reader can't upgrade it whatever they answer; empty for who can."""
    lasting = [one for one in answer.deny if one.code in ABOUT_THE_PERSON]
    return lasting[0].message if lasting else ""


def upgrade_page(
    found: PreparedUpgrade,
    answers: Answers,
    problems: Iterable[Problem] = (),
    *,
    url: str,
    simulated: SimulatedUpgrade | None = None,
    zone: tzinfo = UTC,
) -> dict[str, Any]:
    """The context of `marketplace/upgrade.html`; `url` is the installation's."""
    instance, release = found.instance, found.after.release
    judged = found.judged
    return preview_page(found, answers, simulated=simulated) | {
        "instance": {
            "name": instance.name,
            "title": instance.title,
            "number": instance.number,
            "url": url,
            "place": ", ".join(filter(None, (instance.environment, instance.region))),
            "revision": instance.revision,
        },
        "preview_url": f"{url}upgrade/preview/",
        "release": {
            "number": release.number,
            "digest": release.digest,
            "address": release.address,
            "risk": found.after.document.risk,
        },
        "badge": BADGES[found.plan.diff.klass or Klass.COMPATIBLE],
        "verification": found.after.verification,
        "numbers": names(found.numbers, release.number),
        "judged": judging(judged.diff, judged.smallest),
        "reaching": reaching(judged.reach, judged.reached, instance.number),
        "releases": [
            {
                "number": one.number,
                "is_breaking": one.is_breaking,
                "status": one.status,
                "released_at": one.created_at,
                "changelog": one.changelog,
            }
            for one in found.releases
        ],
        "asked": upgrade_form(found, answers, problems, zone=zone),
        "why_not": why_not(found.checked.answer),
    }


def preview_page(
    found: PreparedUpgrade, answers: Answers, *, simulated: SimulatedUpgrade | None = None
) -> dict[str, Any]:
    """The context of `marketplace/_upgrade_preview.html`: what follows from the answers as they are."""
    number = found.after.release.number
    wrong = problems_of(answers, found.checked)
    verdict, rules = verdict_of(found.checked.answer, wrong=len(wrong), number=number)
    return {
        "release": {"number": number},
        "rows": parameter_rows(found),
        "secret_rows": secret_rows(found),
        "endpoint_rows": endpoint_rows(found),
        "verdict": verdict,
        "rules": rules,
        "revision": found.checked.answer.revision,
        "open": [one.message for one in wrong],
        "simulated": _simulated(simulated) if simulated else None,
    }


def _simulated(simulated: SimulatedUpgrade) -> dict[str, Any]:
    told, shown = simulated.simulation, None
    if told is not None:
        shown = asdict(
            shown_simulation(
                told.status,
                told.steps,
                hosts=told.hosts,
                secrets=told.secrets,
                refusals=told.refusals,
                missing=told.missing_secrets,
            )
        )
    missing = [one.message for one in simulated.problems]
    return {
        "purpose": simulated.purpose,
        "simulation": shown,
        "why_not": simulated.why_not,
        "missing": missing,
    }
