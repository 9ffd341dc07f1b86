"""Every address of Maestro."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from catalog.document import SCHEMA_PATH
from catalog.views import document_schema
from maestro.api.health import healthz, readyz
from maestro.api.views.bundles import bundle
from maestro.tenancy.views.receipts import signing_keys

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="catalog:list"), name="home"),
    path("", include("maestro.tenancy.urls")),
    path("settings/connections/", include("connectors.urls")),
    path("settings/secrets/", include("maestro.runtime.urls_secrets")),
    path("catalog/", include("catalog.urls")),
    path("executions/", include("maestro.runtime.urls")),
    path("", include("marketplace.urls")),
    path("api/", include("maestro.api.urls")),
    path("admin/", admin.site.urls),
    path(SCHEMA_PATH.removeprefix("/"), document_schema, name="document_schema"),
    path("signing-keys.pem", signing_keys, name="signing_keys"),
    path("bundles/maestro.tar.gz", bundle, name="policy_bundle"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
if settings.GALLERY:
    urlpatterns.append(path("gallery/", include("maestro.gallery.urls")))

handler400 = "maestro.api.problems.bad_request"
handler500 = "maestro.api.problems.server_error"
