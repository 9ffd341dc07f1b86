"""`/api/docs/`: the OpenAPI document, to read and to try. Works offline, with no inline script."""

from __future__ import annotations

from csp.constants import SELF
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView

# Its style sheet has its icons in itself.
OWN_ICONS = {"img-src": [SELF, "data:"]}


@method_decorator(csp_update(OWN_ICONS), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; the script that starts it is a request of its own."""

    url_name = "api:schema"
    template_name = "api/docs.html"
