from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    label = "marketplace"
    verbose_name = "Marketplace"

    def ready(self) -> None:
        """Let workers know the steps of publishing."""
        from marketplace.pipeline.tasks import offer

        offer()
