"""What the tenant installed: the list, the page of one, and what is done there."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.policy.answer import PolicyAnswer
from governance.purposes import OWN_WORK
from governance.services.authorize import preview
from maestro.kernel.actor import Actor
from maestro.kernel.errors import InvalidInput
from maestro.kernel.pages.picks import picks
from maestro.runtime.models import Environment, Withdrawal
from maestro.runtime.pages.preview import why_not_run
from maestro.runtime.services.prepare_run import prepare_run, preview_start
from maestro.runtime.services.read_executions import read_executions
from maestro.runtime.views.lists import execution_row
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in
from marketplace.models import Release, WorkflowInstance
from marketplace.pages.installations import installation_page, listed, next_page
from marketplace.pages.news import news
from marketplace.pages.upgrading import why_not
from marketplace.policies import (
    CONFIGURE,
    STOP,
    UNINSTALL,
    installation_resource,
)
from marketplace.services.read_installations import (
    WantedInstallations,
    find_installations,
    read_changes,
    read_installation,
    read_installations,
)
from marketplace.services.read_news import read_news, warned
from marketplace.services.stop_installation import (
    resume_installation,
    stop_installation,
    uninstall,
)

LATEST = 5


@require_safe
@signed_in
def installation_list(request: ActorRequest) -> HttpResponse:
    """By name, by what the address asks for, page by page."""
    asked = {name: str(text).replace("\x00", "").strip() for name, text in request.GET.items()}
    wanted = WantedInstallations(
        words=asked.get("q", ""),
        status=asked["status"] if asked.get("status") in ("active", "stopped") else "",
        environment=asked["environment"] if asked.get("environment") in Environment.values else "",
    )
    found = find_installations(
        rows=read_installations(actor=request.actor), wanted=wanted, after=asked.get("after", "")
    )
    context = {
        "installations": listed(found.rows, warned(found.rows)),
        "q": wanted.words,
        "statuses": picks([("active", _("Active")), ("stopped", _("Stopped"))], wanted.status),
        "environments": picks([(one, _(one)) for one in Environment.values], wanted.environment),
        "filtered": any((wanted.words, wanted.status, wanted.environment, asked.get("after"))),
        "pager": {"next": next_page(request.GET, found.after)},
    }
    return render(request, "marketplace/installations.html", context)


@require_safe
@signed_in
def installation(request: ActorRequest, installation_name: str) -> HttpResponse:
    """What it is and may reach, what it ran, what happened to it."""
    instance = read_installation(actor=request.actor, name=installation_name)
    rows = read_executions(actor=request.actor).of_installation(instance.pk).for_lists()[:LATEST]
    context = installation_page(
        instance,
        changes=read_changes(instance=instance),
        executions=[execution_row(each) for each in rows],
        may={
            "run": _why_not_run(request.actor, instance),
            "configure": why_not(_asked(request.actor, CONFIGURE, instance)),
            "stop": _why_not(request.actor, STOP, instance),
            "uninstall": _why_not(request.actor, UNINSTALL, instance),
        },
        warning=_warning(instance),
    )
    context |= news(read_news(instance=instance))
    return render(request, "marketplace/installation.html", context)


@require_POST
@signed_in
def stop(request: ActorRequest, installation_name: str) -> HttpResponse:
    """Stop it, for the reason that is given."""

    def act(actor: Actor) -> str:
        reason = request.POST.get("reason", "").replace("\x00", "")
        stopped = stop_installation(actor=actor, name=installation_name, reason=reason)
        return _("%(name)s is stopped.") % {"name": stopped.name}

    return _done(request, installation_name, act)


@require_POST
@signed_in
def resume(request: ActorRequest, installation_name: str) -> HttpResponse:
    """Let it start again."""

    def act(actor: Actor) -> str:
        resumed = resume_installation(actor=actor, name=installation_name)
        return _("%(name)s may start again.") % {"name": resumed.name}

    return _done(request, installation_name, act)


@require_POST
@signed_in
def remove(request: ActorRequest, installation_name: str) -> HttpResponse:
    """Uninstall it."""
    gone = uninstall(actor=request.actor.for_purpose(OWN_WORK), name=installation_name)
    text = _("%(name)s is uninstalled. Its executions and receipts stay.")
    messages.success(request, text % {"name": gone.name})
    return HttpResponseRedirect(reverse("marketplace:installations"))


def _done(request: ActorRequest, name: str, act: Callable[[Actor], str]) -> HttpResponse:
    try:
        messages.success(request, act(request.actor.for_purpose(OWN_WORK)))
    except InvalidInput as refusal:
        messages.error(request, refusal.message)
    return HttpResponseRedirect(reverse("marketplace:installation", args=[name]))


def _why_not_run(actor: Actor, instance: WorkflowInstance) -> str:
    if instance.status == "stopped":
        return _("It is stopped.")
    prepared = prepare_run(actor=actor, installation=str(instance.pk))
    return why_not_run(preview_start(actor=actor, prepared=prepared))


def _why_not(actor: Actor, action: str, instance: WorkflowInstance) -> str:
    answer = _asked(actor, action, instance)
    return "" if answer.allow else answer.deny[0].message


def _asked(actor: Actor, action: str, instance: WorkflowInstance) -> PolicyAnswer:
    return preview(
        actor=actor.for_purpose(OWN_WORK),
        action=action,
        resource=installation_resource(instance),
    )


def _warning(instance: WorkflowInstance) -> dict[str, str] | None:
    """What a withdrawal of its release says."""
    rows = Release.objects.filter(pk=instance.release_id)
    version = rows.values_list("version_id", flat=True).first()
    found = Withdrawal.objects.of_version(version).first() if version else None
    if found is None:
        return None
    return {"mode": found.mode, "reason": found.reason, "replacement": found.replacement}
