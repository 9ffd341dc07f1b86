"""The marketplace's list, and the pages of what is in it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.pages.searching import page_url
from governance.trust.dsse import ENVELOPE, EnvelopeRefused
from maestro.kernel.canonical import canonical_bytes
from maestro.kernel.errors import Conflict
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in
from marketplace.pages.listing import listing
from marketplace.pages.release import release_page
from marketplace.services.read_release import envelope_of_release, read_release
from marketplace.services.search_marketplace import MarketplaceQuery, search_marketplace
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
    found = read_release(actor=request.actor, publisher=publisher, slug=slug, number=number)
    return render(request, "marketplace/release.html", release_page(found))


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
