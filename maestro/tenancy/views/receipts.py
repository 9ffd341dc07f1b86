"""A receipt by itself: what it proves, whether it verifies now, and to take away."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from governance.services.read_receipt import read_receipt
from governance.services.verify_receipt import verify_receipt
from governance.signing import signing_ring
from governance.trust.dsse import ENVELOPE
from governance.trust.statement import RECEIPT_TYPE, signed_statement
from maestro.kernel.canonical import canonical_bytes
from maestro.tenancy.for_a_purpose import for_a_purpose
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_safe
@signed_in
@for_a_purpose
def receipt(request: ActorRequest, receipt_id: UUID) -> HttpResponse:
    """The page of one receipt. Whether it verifies is found out each time."""
    found = read_receipt(actor=request.actor, receipt_id=receipt_id)
    context = {
        "receipt": found,
        "subject": found.statement["subject"][0],
        "what": found.statement["predicate"].get("what", {}),
        "decision": found.statement["predicate"].get("decision"),
        "verification": verify_receipt(found),
        "predicate_type": RECEIPT_TYPE,
    }
    return render(request, "settings/receipt.html", context)


@require_safe
@signed_in
@for_a_purpose
def receipt_envelope(request: ActorRequest, receipt_id: UUID) -> HttpResponse:
    """The receipt as a DSSE envelope, to be verified elsewhere."""
    found = read_receipt(actor=request.actor, receipt_id=receipt_id)
    envelope = signed_statement(found.statement, found.signatures)
    response = HttpResponse(canonical_bytes(envelope.as_dict()), content_type=ENVELOPE)
    response["Content-Disposition"] = f'attachment; filename="receipt-{receipt_id}.dsse.json"'
    return response


@require_safe
@cache_control(public=True, max_age=300)
def signing_keys(request: HttpRequest) -> HttpResponse:
    """The public keys that verify what this Maestro signs, the one that signs now first. For all."""
    del request  # they are the same for everybody
    ring = signing_ring()
    keys = sorted(ring.trusted.values(), key=lambda key: key.id != ring.signer.public.id)
    return HttpResponse(
        b"".join(key.pem for key in keys), content_type="application/x-pem-file; charset=us-ascii"
    )
