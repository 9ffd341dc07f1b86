from __future__ import annotations

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from maestro.kernel.console import PLATFORM, ConsoleAdmin, TenantFilter, link
from maestro.kernel.console.shown import anchor
from marketplace.models import Review, ReviewEvidence, ReviewLease


@admin.register(Review)
class ReviewAdmin(ConsoleAdmin):
    """What reviewers decided."""

    list_display = ["kind", "decision", "reviewer_name", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["reviewer_name__istartswith"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    fields = [
        "submission_page",
        "kind",
        "decision",
        "rationale",
        "shown_checklist",
        "controls",
        "links",
        "reviewer_name",
        "tenant",
        "shown_created_at",
    ]

    @admin.display(description="Submission")
    def submission_page(self, row: Review) -> SafeString:
        """Of what."""
        return link("marketplace.Submission", row.submission_id)


@admin.register(ReviewEvidence)
class ReviewEvidenceAdmin(ConsoleAdmin):
    """Files that reviewers put beside their reviews."""

    hidden = ["content"]
    list_display = ["name", "kind", "size", "uploaded_by_name", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["name__istartswith"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    fields = [
        "submission_page",
        "name",
        "kind",
        "media_type",
        "size",
        "digest",
        "file",
        "uploaded_by_name",
        "tenant",
        "shown_created_at",
    ]

    @admin.display(description="Submission")
    def submission_page(self, row: ReviewEvidence) -> SafeString:
        """Beside the reviews of what."""
        return link("marketplace.Submission", row.submission_id)

    @admin.display(description="File")
    def file(self, row: ReviewEvidence) -> SafeString:
        """The way to its bytes."""
        url = reverse("admin:marketplace_reviewevidence_download", args=[row.pk])
        return anchor(url, "Download")

    def get_urls(self) -> list[URLPattern]:
        """With the file itself."""
        view = self.admin_site.admin_view(require_safe(self.download_view))
        name = "marketplace_reviewevidence_download"
        return [path("<path:object_id>/file/", view, name=name), *super().get_urls()]

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The bytes as they were sent, to be kept and never to be shown by a browser."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        found = ReviewEvidence.objects.using(PLATFORM).values_list("content", flat=True)
        response = HttpResponse(bytes(found.get(pk=row.pk)), content_type=row.media_type)
        response["Content-Disposition"] = content_disposition_header(True, row.name) or "attachment"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


@admin.register(ReviewLease)
class ReviewLeaseAdmin(ConsoleAdmin):
    """Who is looking at what."""

    list_display = ["holder_name", "kind", "until", "tenant", "shown_created_at"]
    list_filter = [TenantFilter]
    show_facets = admin.ShowFacets.NEVER
    search_fields = ["holder_name__istartswith"]
    search_ids = ["pk", "submission_id"]
    ordering = ["-id"]
    fields = ["holder_name", "kind", "until", "tenant", "shown_created_at"]
