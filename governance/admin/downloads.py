"""What proves something is taken away from the console as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from maestro.kernel.console import ConsoleAdmin
from maestro.kernel.console.shown import anchor


class ProofAdmin(ConsoleAdmin):
    """Rows that verify, and each of which is a file."""

    def file_of(self, row: Any) -> tuple[str, str, bytes]:
        """Its name, media type and content."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        """With the address of the file."""
        view = self.admin_site.admin_view(require_safe(self.download_view))
        return [path("<path:object_id>/download/", view, name=self._name), *super().get_urls()]

    def download_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The file."""
        row = self.get_object(request, object_id) if self.has_view_permission(request) else None
        if row is None:
            raise Http404
        name, media_type, content = self.file_of(row)
        response = HttpResponse(content, content_type=media_type)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def file(self, row: Any) -> SafeString:
        """The way to it."""
        return anchor(
            reverse(f"admin:{self._name}", args=[row.pk]), "Download, to verify elsewhere"
        )

    @property
    def _name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}_download"
