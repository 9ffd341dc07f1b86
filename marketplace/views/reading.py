"""The marketplace's list, and the pages of what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.pages.searching import page_url
from governance.trust.dsse import ENVELOPE, EnvelopeRefused
from maestro.kernel.actor import Actor
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.errors import Conflict, Denied, InvalidInput, NotFound, Problem
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.pages.questions import REFUSALS, problems_of, with_purpose
from maestro.tenancy.signed_in import signed_in
from marketplace.models import Release
from marketplace.pages.listing import listing, release_url
from marketplace.pages.managing import managing
from marketplace.pages.release import release_page
from marketplace.services.deprecate_release import deprecate_release
from marketplace.services.manage_release import manage_release
from marketplace.services.read_release import ReleasePage, envelope_of_release, read_release
from marketplace.services.search_marketplace import MarketplaceQuery, search_marketplace
from marketplace.services.update_template import TemplateChanged, update_template
from marketplace.services.withdraw_release import withdraw_release
from marketplace.views.rolling_out import adoptions_shown


@require_safe
@signed_in
def template_list(request: ActorRequest) -> HttpResponse:
    """What the tenant finds: words, filters with counts, pages. With HTMX the results alone."""
    query = MarketplaceQuery.from_parameters(request.GET)
    page = search_marketplace(actor=request.actor, query=query)
    if page.query.page > page.pages:
        return HttpResponseRedirect(page_url(request.GET, page.pages))
    htmx = getattr(request, "htmx", None)
    partial = htmx and not htmx.boosted and not htmx.history_restore_request
    template = "marketplace/_results.html" if partial else "marketplace/list.html"
    return render(request, template, listing(page, request.GET))


@require_safe
@signed_in
def release(request: ActorRequest, publisher: str, slug: str, number: str = "") -> HttpResponse:
    """A template's latest release, or an older one. Whether it verifies is found out each time."""
    below = request.GET.get("below", "").replace("\x00", "")
    found = read_release(
        actor=request.actor, publisher=publisher, slug=slug, number=number, below=below
    )
    return _page(request, found, {})


@require_POST
@signed_in
def release_act(request: ActorRequest, publisher: str, slug: str, number: str) -> HttpResponse:
    """Deprecate or withdraw a release of one's own, or change who finds its template."""
    given = {name: str(text).replace("\x00", "") for name, text in request.POST.items()}
    found = read_release(actor=request.actor, publisher=publisher, slug=slug, number=number)
    if not found.is_owner:
        raise NotFound("There is no such release of yours.", hint="Ask its publisher.")
    purpose = given.get("purpose", "")
    if problems := with_purpose((), purpose):
        return _page(request, found, given, problems, status=400)
    try:
        said = _act(request.actor.for_purpose(purpose), found.release, given)
    except TemplateChanged as refusal:
        return _page(request, found, given, late=True, status=refusal.status)
    except Conflict as refusal:
        text = f"{refusal.message} {refusal.hint}".strip()
        return _page(request, found, given, refused=text, status=refusal.status)
    except (*REFUSALS, Denied) as refusal:
        return _page(request, found, given, problems_of(refusal), status=refusal.status)
    messages.success(request, said)
    return HttpResponseRedirect(release_url(publisher, slug, number))


def _act(actor: Actor, row: Release, given: Mapping[str, str]) -> str:
    """Do what the button says; what to tell then."""
    reason, replacement = given.get("reason", ""), given.get("replacement", "").strip()
    asked = given.get("action", "")
    if asked == "deprecate":
        deprecate_release(actor=actor, release=row.pk, reason=reason, replacement=replacement)
        return _("%(number)s is deprecated.") % {"number": row.number}
    if asked == "withdraw":
        withdraw_release(
            actor=actor,
            release=row.pk,
            mode=given.get("mode", ""),
            reason=reason,
            replacement=replacement,
        )
        return _("%(number)s is withdrawn.") % {"number": row.number}
    if asked == "update":
        update_template(
            actor=actor,
            template=row.address,
            visibility=given.get("visibility", ""),
            audience=given.get("audience", "").splitlines(),
            expected_revision=given.get("at", ""),
        )
        return _("Who finds it is changed.")
    raise InvalidInput("This page can’t do that.", hint="Load the release again.")


def _page(
    request: ActorRequest,
    found: ReleasePage,
    given: Mapping[str, str],
    problems: Iterable[Problem] = (),
    *,
    refused: str = "",
    late: bool = False,
    status: int = 200,
) -> HttpResponse:
    managed = manage_release(actor=request.actor, found=found)
    forms = managing(found, managed, given, problems, refused=refused, late=late)
    context = release_page(found) | forms
    return render(request, "marketplace/release.html", context, status=status)


@require_safe
@signed_in
def attestation(request: ActorRequest, publisher: str, slug: str, number: str) -> HttpResponse:
    """What was signed of a release, as a DSSE envelope, to be verified elsewhere."""
    found = read_release(actor=request.actor, publisher=publisher, slug=slug, number=number)
    try:
        envelope = envelope_of_release(found.release)
    except EnvelopeRefused as problem:
        raise Conflict("This release has no signature to take away.", hint=str(problem)) from None
    response = HttpResponse(canonical_bytes(envelope.as_dict()), content_type=ENVELOPE)
    response["Content-Disposition"] = f'attachment; filename="{slug}-{number}.dsse.json"'
    return response


@require_safe
@signed_in
def adoptions(request: ActorRequest, publisher: str, slug: str) -> HttpResponse:
    """Which tenants are on which version, for the template's own publisher."""
    return adoptions_shown(
        request,
        publisher,
        slug,
        below=id_in(request.GET.get("below", "")),
        number=request.GET.get("number", "").replace("\x00", ""),
    )


def id_in(text: str) -> UUID | None:
    """The id that a query names; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None
