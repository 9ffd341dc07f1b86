"""Writing a workflow: the document as text, what is wrong with it, and freezing it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from catalog.examples import example_source
from catalog.pages.completing import complete
from catalog.pages.drafting import SKELETON, Draft, draft_of, offset
from catalog.pages.editing import checking, editing, shown
from catalog.pages.listing import detail_url
from catalog.services.examine_document import examine_document
from catalog.services.freeze_version import freeze_version
from catalog.services.read_editing import Editing, read_editing
from catalog.services.read_workflows import read_workflows
from connectors.registry import registry
from maestro.kernel.errors import Denied, InvalidInput, NotFound, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import REFUSALS, problems_of, with_purpose
from maestro.tenancy.signed_in import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_workflow(request: ActorRequest) -> HttpResponse:
    """A new workflow, begun from nothing or from `?example=`; sent, it is checked or frozen."""
    begun = read_editing(actor=request.actor)
    if request.method == "POST":
        return _sent(request, begun)
    name = request.GET.get("example", "")
    text = example_source(name) if name else SKELETON
    if text is None:
        raise NotFound(
            "There is no such example.", hint="Choose one of those under “Begin from an example”."
        )
    return _page(request, begun, Draft(text), example=name)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_workflow(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """A new version of a workflow, begun from its latest or from `?version=`."""
    begun = read_editing(
        actor=request.actor,
        address=f"{publisher}/{slug}",
        version=request.GET.get("version", "").replace("\x00", ""),
    )
    if request.method == "POST":
        return _sent(request, begun)
    text = begun.version.source if begun.version else SKELETON.replace("my-workflow", slug)
    return _page(request, begun, Draft(text, slug))


@require_POST
@signed_in
def check(request: ActorRequest) -> HttpResponse:
    """What is wrong with the text: the panel alone, for HTMX."""
    draft = draft_of(request.POST)
    examined = examine_document(actor=request.actor, source=draft.source, slug=draft.slug)
    context = {"checked": checking(examined, draft.text), "alone": True}
    return render(request, "catalog/_checked.html", context)


@require_POST
@signed_in
def completions(request: ActorRequest) -> HttpResponse:
    """What may stand at `cursor` of the text, which counts as JavaScript does: a list, for the page."""
    read_workflows(actor=request.actor)
    text = draft_of(request.POST).text
    found = complete(text, offset(text, request.POST.get("cursor", "")), registry().manifests())
    return render(request, "catalog/_offers.html", {"found": found})


def _sent(request: ActorRequest, begun: Editing) -> HttpResponse:
    posted = draft_of(request.POST)
    slug = begun.definition.slug if begun.definition else ""
    draft = Draft(posted.text, slug, posted.purpose, posted.seen)
    if request.POST.get("mode") == "freeze":
        return _freeze(request, begun, draft)
    return _page(request, begun, draft, focus=True)


def _freeze(request: ActorRequest, begun: Editing, draft: Draft) -> HttpResponse:
    """Freeze what the author was shown. What changed since is shown first."""
    examined = examine_document(actor=request.actor, source=draft.source, slug=draft.slug)
    may = not begun.why_not
    if may and not examined.is_valid:
        return _page(request, begun, draft, with_purpose((), draft.purpose), status=400, focus=True)
    if may and draft.purpose and not examined.same and draft.seen != shown(examined):
        asks = _("Nothing is frozen yet. Look at what changes, then freeze it.")
        return _page(request, begun, draft, asks=asks, focus=True)
    try:
        frozen = freeze_version(
            actor=request.actor.for_purpose(draft.purpose), source=draft.source, slug=draft.slug
        )
    except (*REFUSALS, Denied) as refusal:
        # What is wrong with the document is found again, with its lines, by the page.
        told = () if isinstance(refusal, InvalidInput) else problems_of(refusal)
        return _page(request, begun, draft, told, status=refusal.status, focus=True)
    version = frozen.version
    said = {"version": version.version}
    if frozen.created:
        messages.success(request, _("Version %(version)s is frozen.") % said)
    else:
        messages.info(request, _("Version %(version)s is this document already.") % said)
    return HttpResponseRedirect(detail_url(version.definition))


def _page(
    request: ActorRequest,
    begun: Editing,
    draft: Draft,
    problems: Iterable[Problem] = (),
    *,
    asks: str = "",
    example: str = "",
    status: int = 200,
    focus: bool = False,
) -> HttpResponse:
    examined = None
    if not begun.why_not:
        examined = examine_document(actor=request.actor, source=draft.source, slug=draft.slug)
    context = editing(begun, draft, examined, problems, asks=asks, example=example)
    return render(request, "catalog/edit.html", context | {"focus": focus}, status=status)
