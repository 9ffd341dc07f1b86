"""Every page of the marketplace, by area."""

from marketplace.urls_installing import urlpatterns as installing
from marketplace.urls_pages import urlpatterns as pages
from marketplace.urls_publishing import urlpatterns as publishing
from marketplace.urls_upgrading import urlpatterns as upgrading

app_name = "marketplace"
urlpatterns = [*pages, *publishing, *installing, *upgrading]
