"""The evidence of an execution: whether it verifies now, what is in it, and to take away."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.models import EvidenceBundle
from governance.signing import signing_ring
from governance.trust.archive import unpack
from governance.trust.evidence import BundleRefused, BundleUnreadable, verify_bundle
from maestro.runtime.services.read_evidence import read_evidence
from maestro.tenancy.for_a_purpose import for_a_purpose
from maestro.tenancy.identity import ActorRequest
from maestro.tenancy.signed_in import signed_in


@require_safe
@signed_in
@for_a_purpose
def evidence(request: ActorRequest, execution_id: UUID) -> HttpResponse:
    """The page. Whether it verifies is found out each time, never kept."""
    found = read_evidence(actor=request.actor, execution_id=execution_id)
    content = bytes(found.content)
    context = {
        "execution_url": reverse("runtime:execution", args=[execution_id]),
        "download_url": reverse("runtime:evidence_bundle", args=[execution_id]),
        "short_id": str(execution_id)[-8:],
        "bundle": found,
        "file_name": _file_name(found),
        **_verified(content),
    }
    return render(request, "runtime/evidence.html", context)


@require_safe
@signed_in
@for_a_purpose
def evidence_bundle(request: ActorRequest, execution_id: UUID) -> HttpResponse:
    """The bundle itself, a TAR.GZ."""
    found = read_evidence(actor=request.actor, execution_id=execution_id)
    response = HttpResponse(bytes(found.content), content_type="application/gzip")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(found)}"'
    return response


def _file_name(bundle: EvidenceBundle) -> str:
    return f"evidence-{bundle.subject_id}.tar.gz"


def _verified(content: bytes) -> dict[str, object]:
    try:
        found = verify_bundle(content, signing_ring().trusted)
    except (BundleUnreadable, BundleRefused) as problem:
        return {"why_not": str(problem), "record": None, "members": (), "signers": ()}
    sizes = [(name, len(raw)) for name, raw in unpack(content).items()]
    return {
        "why_not": "",
        "record": found.record,
        "members": sizes,
        "signers": sorted(found.signers),
    }
