"""The run form as a page, and the panel beside it: what policy says, and what would happen."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.policy.answer import PolicyAnswer
from governance.purposes import purposes
from governance.services.stored_secrets import stored_secrets
from maestro.kernel.errors import Problem
from maestro.runtime.pages.answers import Answers, Fitted
from maestro.runtime.pages.copying import Copied
from maestro.runtime.pages.preview import Preview, Simulated, preview_of, why_not_run
from maestro.runtime.pages.run import RunForm, as_text, run_form
from maestro.runtime.services.prepare_run import Prepared, preview_start
from maestro.runtime.views.presets import presets_context
from maestro.tenancy.identity import ActorRequest


def run_page(
    request: ActorRequest,
    prepared: Prepared,
    answers: Answers,
    problems: list[Problem] | tuple[Problem, ...] = (),
    *,
    simulation: Simulated | None = None,
    fact: str = "",
    fit: Fitted | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form with what was answered and what is wrong with it; `fact` says what that came to."""
    definition, version = prepared.definition, prepared.version
    address = [definition.publisher, definition.slug]
    granted = prepared.granted
    kept = presets_context(request, prepared)
    answer = preview_start(actor=request.actor, prepared=prepared, purpose=answers.purpose)
    asked: RunForm = run_form(
        prepared.document,
        answers,
        problems,
        stored=stored_secrets(actor=request.actor, tenant_id=prepared.tenant_id)
        if prepared.document.secrets
        else (),
        purposes=[(each.name, f"{_(each.title)} ({each.name})") for each in purposes()],
        preset=kept["preset_name"],
        zone=timezone.get_current_timezone(),
    )
    query = request.META.get("QUERY_STRING", "")
    preview_url = (
        reverse("marketplace:run-preview", args=[granted.grant.name])
        if granted
        else reverse("runtime:preview", args=address)
    )
    context = {
        "workflow": {
            "title": definition.title,
            "address": definition.address,
            "url": "../" if granted else reverse("catalog:detail", args=address),
            "risk": prepared.document.risk,
        },
        "version": version,
        "form": asked.form,
        # Those of an installation were chosen when it was installed.
        "installed": granted.grant.name if granted else "",
        "secrets": () if granted else asked.secrets,
        "endpoints": () if granted else asked.endpoints,
        "advanced": () if granted else asked.advanced,
        "advanced_open": asked.advanced_open,
        "purpose": asked.purpose,
        "reason": asked.reason,
        "key": asked.nonce,
        "preview_url": f"{preview_url}?{query}" if query else preview_url,
        "fact": fact,
        "run_why": why_not_run(answer),
        "saving": asked.saving if kept["may_save"] else None,
        "saving_open": bool(asked.saving.error),
        "simulation": asdict(simulation) if simulation else None,
        "fit": fit if fit and (fit.dropped or fit.unfit) else None,
    }
    context |= kept | panel(request, prepared, answers, answer)
    return render(request, "runtime/run.html", context, status=status)


def panel(
    request: ActorRequest, prepared: Prepared, answers: Answers, answer: PolicyAnswer | None = None
) -> dict[str, Any]:
    """The context of `runtime/_preview.html`; policy is asked where it did not `answer` yet."""
    preview = _preview(request, prepared, answers, answer)
    return {
        "verdict": preview.verdict,
        "rules": preview.rules,
        "revision": preview.revision,
        "effects": preview.effects,
        "approvals": preview.approvals,
        "copied": _copied(request, prepared, answers),
    }


def _preview(
    request: ActorRequest, prepared: Prepared, answers: Answers, answer: PolicyAnswer | None = None
) -> Preview:
    document, granted = prepared.document, prepared.granted
    answer = answer or preview_start(
        actor=request.actor, prepared=prepared, purpose=answers.purpose
    )
    endpoints = {name: endpoint.default for name, endpoint in document.endpoints.items()}
    endpoints |= granted.grant.endpoints if granted else {}
    return preview_of(
        document, answer, purpose=answers.purpose, endpoints=endpoints | dict(answers.endpoints)
    )


def _copied(request: ActorRequest, prepared: Prepared, answers: Answers) -> Copied:
    return as_text(
        prepared.document,
        answers,
        base=request.build_absolute_uri("/").rstrip("/"),
        installation=prepared.granted.grant.name if prepared.granted else "",
        workflow=prepared.definition.address,
        version=prepared.version.version,
    )
