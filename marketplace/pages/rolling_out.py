"""What a publisher sees of releases on their way, and asks of those who have older ones. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog.models import WorkflowTemplate
from maestro.kernel.canonical import digest_bytes
from maestro.kernel.errors import Problem
from maestro.kernel.pages.summary import Wrong
from maestro.runtime.pages.fields import Field, Form
from maestro.runtime.pages.forms import pick
from marketplace.following import WAVES, Rate, Wave, bound, rate_of, waves_of
from marketplace.models import Release, Rollout

_STATES = {"running": "running", "done": "done", "halted": "failed"}
_WORDS = {
    "running": gettext_lazy("Under way"),
    "done": gettext_lazy("Done"),
    "halted": gettext_lazy("Halted"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked of whom, as it was typed."""

    number: str = ""
    message: str = ""
    deadline: str = ""
    tenants: str = ""


def rolling_out_page(
    template: WorkflowTemplate,
    rollouts: Iterable[Rollout],
    releases: Sequence[Release],
    *,
    why_not: str,
    asked: Proposal | None = None,
    problems: Iterable[Problem] = (),
) -> dict[str, Any]:
    """The contexts of `marketplace/_rollouts.html` and `_propose.html`."""
    address = [template.publisher, template.slug]
    return rollouts_part(template, rollouts, why_not=why_not) | {
        "may_propose": bool(releases),
        "propose_url": reverse("marketplace:propose", args=address),
        "proposal": _form(asked or Proposal(), releases, problems),
    }


def rollouts_part(
    template: WorkflowTemplate, rollouts: Iterable[Rollout], *, why_not: str
) -> dict[str, Any]:
    """The context of `marketplace/_rollouts.html`: what is live of the page, and what tells whether
    it is still so."""
    address = [template.publisher, template.slug]
    shown = [_rollout(each, address) for each in rollouts]
    words = {"rollouts": shown, "why": why_not, "language": get_language()}
    return {
        "rollouts": shown,
        "propose_why": why_not,
        "live_url": reverse("marketplace:rollouts-live", args=address),
        "is_live": any(each["state"] == "running" for each in shown),
        "etag": f'"{digest_bytes(json.dumps(words, sort_keys=True).encode())[7:39]}"',
    }


def _rollout(each: Rollout, address: Sequence[str]) -> dict[str, Any]:
    number = each.release.number
    before = rate_of(each.rates.get("before"))
    waves = waves_of(each.followers, each.waves, each.rates.get("waves", ()))
    known = [wave.rate for wave in waves if wave.rate]
    after = Rate(sum(one.runs for one in known), sum(one.failed for one in known))
    halted = each.status == "halted"
    return {
        "number": number,
        "state": _STATES.get(each.status, each.status),
        "word": str(_WORDS.get(each.status, each.status)),
        "wave": min(each.wave + 1, len(WAVES)),
        "waves": len(WAVES),
        "followers": each.followers,
        "done": each.done,
        # Of what began before waves were kept, nobody knows why it was left.
        "skipped": sum(one.waiting for one in waves) if each.waves else each.skipped,
        "halted": halted,
        "reason": each.halted_reason,
        "rows": [_wave(wave) for wave in waves] if each.waves else [],
        "since": _since(after, before) if each.waves else "",
        "resume_url": reverse("marketplace:resume_rollout", args=[*address, number])
        if halted
        else "",
    }


def _wave(wave: Wave) -> dict[str, Any]:
    """A row: its number from 1, and its counts; of one that did not begin only how many follow."""
    return {
        "number": wave.number + 1,
        "followers": wave.followers,
        "begun": wave.begun,
        "upgraded": wave.upgraded,
        "waiting": wave.waiting,
        "failed": wave.failed,
        "ahead": wave.ahead,
        "runs": wave.rate.runs if wave.rate else "",
        "share": _percent(wave.rate.share) if wave.rate else "",
    }


def _since(after: Rate, before: Rate | None) -> str:
    """How what was upgraded runs, against the bound at which the next wave does not begin."""
    if not after.runs:
        said = _("Too few tenants ran it since the upgrade to say how it does.")
    else:
        said = _("%(failed)s of %(runs)s runs failed since the upgrade: %(share)s.") % {
            "failed": after.failed,
            "runs": after.runs,
            "share": _percent(after.share),
        }
    if before is None:
        return said
    bounds = {"bound": _percent(bound(before)), "before": _percent(before.share)}
    limit = _("Before it were %(before)s; above %(bound)s the next wave does not begin.") % bounds
    return f"{said} {limit}"


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _form(asked: Proposal, releases: Sequence[Release], problems: Iterable[Problem]) -> Form:
    texts: dict[str, str] = {}
    for one in problems:
        texts.setdefault(one.path, f"{one.message} {one.hint}".strip())
    numbers = [one.number for one in releases]
    fields = (
        pick(
            "number",
            _("To version"),
            [(one, one) for one in numbers],
            value=asked.number or next(iter(numbers), ""),
            error=texts.get("/number", ""),
            prompt="",
        ),
        _field("message", _("Why"), asked.message, texts, control="textarea", maxlength="500"),
        _field(
            "deadline", _("Until"), asked.deadline, texts,
            control="date", hint=_("A day to come. Nothing is done when it is over."), optional=True,
        ),
        _field(
            "tenants", _("Tenants"), asked.tenants, texts,
            control="textarea", hint=_("One a line. None: everybody on a lower version."),
            optional=True,
        ),
    )  # fmt: skip
    return Form(
        fields,
        tuple(Wrong(f"{each.label}: {each.error}", each.id) for each in fields if each.error),
    )


def _field(
    name: str,
    label: str,
    value: str,
    texts: Mapping[str, str],
    *,
    control: str,
    hint: str = "",
    optional: bool = False,
    **attrs: str,
) -> Field:
    return Field(
        name=name,
        path="",
        id=f"f-{name}",
        label=label,
        control=control,
        required=not optional,
        hint=hint,
        error=texts.get(f"/{name}", ""),
        value=value,
        attrs=attrs,
    )
