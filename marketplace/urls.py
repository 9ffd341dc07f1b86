"""Every page of the marketplace, by area."""

from marketplace.urls_pages import urlpatterns as pages

app_name = "marketplace"
urlpatterns = [*pages]
