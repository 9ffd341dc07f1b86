"""One execution: its page, what of it changes while one looks, and what one can do with it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from maestro.kernel.clock import now
from maestro.kernel.errors import Conflict, InvalidInput, NotFound
from maestro.runtime.services.cancel_execution import cancel_execution
from maestro.runtime.services.decide_step import decide_step
from maestro.runtime.services.follow_execution import Followed, follow_execution, read_pulse
from maestro.runtime.services.read_output import read_output
from maestro.runtime.services.rerun_execution import rerun_execution
from maestro.runtime.views.showing import STATUSES, etag_of, execution_context, live_context
from maestro.runtime.views.steps import drawn, step_lines
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_safe
@signed_in
def execution(request: ActorRequest, execution_id: UUID) -> HttpResponse:
    """The page; `?show=` a status of steps, `?step=` the open one, `?view=graph` draws them too."""
    opened = request.GET.get("step", "").replace("\x00", "")
    followed = follow_execution(actor=request.actor, execution_id=execution_id, opened=opened)
    context = execution_context(
        followed,
        actor=request.actor,
        now=now(),
        show=_show(request),
        opened=opened,
        graph=request.GET.get("view") == "graph",
    )
    return render(request, "runtime/execution.html", context)


@require_safe
@signed_in
def live(request: ActorRequest, execution_id: UUID) -> HttpResponse:
    """What changed since `?since=`; 304 when nothing did, which costs one read."""
    moment = now()
    etag = etag_of(read_pulse(actor=request.actor, execution_id=execution_id), moment)
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        since = request.GET.get("since", "")
        revision = int(since) if since.isascii() and since.isdigit() and len(since) < 18 else -1
        followed = follow_execution(actor=request.actor, execution_id=execution_id, since=revision)
        context = live_context(
            followed,
            actor=request.actor,
            now=moment,
            show=_show(request),
            since=revision,
            extent=request.GET.get("extent", ""),
        )
        response = render(request, "runtime/_live.html", context)
        etag = context["etag"]
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
@signed_in
def step(request: ActorRequest, execution_id: UUID, step_id: str) -> HttpResponse:
    """What is inside one step, for HTMX; anybody else gets the page with that step open."""
    if not getattr(request, "htmx", False):
        page = reverse("runtime:execution", args=[execution_id])
        return HttpResponseRedirect(f"{page}?step={step_id}#step-{step_id}")
    followed = follow_execution(actor=request.actor, execution_id=execution_id, opened=step_id)
    if step_id not in followed.names:
        raise NotFound("There is no such step.", hint="Look at the execution’s steps.")
    drawing, told = drawn(followed, [step_id], now())
    (line,) = step_lines(followed, [step_id], drawing, told)
    return render(request, "runtime/_step_body.html", {"step": line})


@require_safe
@signed_in
def output(request: ActorRequest, execution_id: UUID, step_id: str) -> FileResponse:
    """A step's output that is too large for a page, as the JSON file that is kept."""
    content = read_output(actor=request.actor, execution_id=execution_id, step_id=step_id)
    return FileResponse(
        content,
        as_attachment=True,
        filename=f"{str(execution_id)[-8:]}-{step_id}.json",
        content_type="application/json",
    )


@require_POST
@signed_in
def act(request: ActorRequest, execution_id: UUID) -> HttpResponse:
    """Cancel it or run it again, for the purpose that it has."""
    followed = _followed(request, execution_id)
    actor = request.actor.for_purpose(followed.execution.purpose)
    tenant_id, asked = followed.execution.tenant_id, request.POST.get("action", "")
    from_step = request.POST.get("step", "")
    try:
        if asked == "cancel":
            cancel_execution(actor=actor, tenant_id=tenant_id, execution_id=execution_id)
            messages.info(request, _("It is being stopped. What has begun is told to end."))
            return _to(execution_id)
        if asked in ("rerun", "resume"):
            again = rerun_execution(
                actor=actor,
                tenant_id=tenant_id,
                execution_id=execution_id,
                from_step=from_step,
                everything=asked == "rerun" and not from_step,
            )
            return _to(again.pk)
    except Conflict as refusal:  # somebody was faster, or the page is old: it says what is so now
        messages.error(request, f"{refusal.message} {refusal.hint}".strip())
        return _to(execution_id)
    raise InvalidInput("This page can’t do that.", hint="Load the execution again.")


@require_POST
@signed_in
def decide(request: ActorRequest, execution_id: UUID, request_id: UUID) -> HttpResponse:
    """Approve or reject what a step waits for, with the reason why."""
    followed = _followed(request, execution_id)
    asked = next((each for each in followed.asked if each.request.pk == request_id), None)
    verdict = request.POST.get("decision", "")
    if asked is None or verdict not in ("approve", "reject"):
        raise NotFound("There is no such approval here.", hint="Load the execution again.")
    rationale = request.POST.get("rationale", "").replace("\x00", "").strip()
    if not rationale:
        return _refuse(request, followed, request_id, _("Say why: it is kept with the decision."))
    try:
        decide_step(
            actor=request.actor.for_purpose(followed.execution.purpose),
            tenant_id=followed.execution.tenant_id,
            execution_id=execution_id,
            step_id=asked.step.step_id,
            item_index=asked.step.item_index,
            approve=verdict == "approve",
            rationale=rationale,
        )
    except InvalidInput as invalid:
        texts = " ".join(problem.message for problem in invalid.problems)
        return _refuse(request, followed, request_id, texts or invalid.message, rationale)
    except Conflict as refusal:
        messages.error(request, f"{refusal.message} {refusal.hint}".strip())
    else:
        messages.success(request, _("Approved.") if verdict == "approve" else _("Rejected."))
    return _to(execution_id, "#approvals")


def _followed(request: ActorRequest, execution_id: UUID) -> Followed:
    return follow_execution(actor=request.actor, execution_id=execution_id)


def _refuse(
    request: ActorRequest, followed: Followed, request_id: UUID, error: str, rationale: str = ""
) -> HttpResponse:
    tried = {"id": request_id, "error": error, "rationale": rationale}
    context = execution_context(followed, actor=request.actor, now=now(), tried=tried)
    return render(request, "runtime/execution.html", context, status=400)


def _to(execution_id: UUID, place: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("runtime:execution", args=[execution_id]) + place)


def _show(request: ActorRequest) -> str:
    show = request.GET.get("show", "")
    return show if show in STATUSES else ""
