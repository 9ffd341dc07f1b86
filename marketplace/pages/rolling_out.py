"""What a publisher sees of releases on their way, and asks of those who have older ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import WorkflowTemplate
from maestro.kernel.errors import Problem
from maestro.runtime.pages.fields import Field, Form, Wrong
from maestro.runtime.pages.forms import pick
from marketplace.following import WAVES
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
    return {
        "rollouts": [
            {
                "number": each.release.number,
                "state": _STATES.get(each.status, each.status),
                "word": str(_WORDS.get(each.status, each.status)),
                "wave": min(each.wave + 1, len(WAVES)),
                "waves": len(WAVES),
                "followers": each.followers,
                "done": each.done,
                "skipped": each.skipped,
                "reason": each.halted_reason,
                "next_at": each.next_at,
                "resume_url": reverse(
                    "marketplace:resume_rollout", args=[*address, each.release.number]
                )
                if each.status == "halted"
                else "",
            }
            for each in rollouts
        ],
        "may_propose": bool(releases),
        "propose_url": reverse("marketplace:propose", args=address),
        "propose_why": why_not,
        "proposal": _form(asked or Proposal(), releases, problems),
    }


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
