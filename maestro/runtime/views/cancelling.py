"""Cancelling several executions at once: what it would meet, and doing it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from maestro.runtime.services.cancel_executions import (
    Selected,
    cancel_executions,
    select_to_cancel,
)
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel_selected(request: ActorRequest) -> HttpResponse:
    """The executions of `id`, with what can't be cancelled and why; posted, they are."""
    if request.method == "POST":
        done = cancel_executions(actor=request.actor, ids=_ids(request.POST.getlist("id")))
        stopped = sum(not each.why for each in done)
        if stopped:
            said = ngettext(
                "%(count)s execution is being stopped.",
                "%(count)s executions are being stopped.",
                stopped,
            )
            messages.success(request, said % {"count": stopped})
        for each in done:
            if each.why:
                messages.warning(request, f"{each.execution}: {each.why}")
        return HttpResponseRedirect(reverse("runtime:list"))
    chosen = select_to_cancel(actor=request.actor, ids=_ids(request.GET.getlist("id")))
    context = {
        "cancelled": [_line(each) for each in chosen if not each.why],
        "left": [_line(each) for each in chosen if each.why],
    }
    return render(request, "runtime/cancel.html", context)


def _ids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue  # nonsense in the address is left out
    return found


def _line(each: Selected) -> dict[str, str]:
    execution = each.execution
    return {
        "id": str(execution.pk),
        "url": reverse("runtime:execution", args=[execution.pk]),
        "title": execution.title,
        "short_id": str(execution.pk)[-8:],
        "status": execution.status,
        "started_by": execution.started_by_name or "Maestro",
        "why": each.why,
    }
