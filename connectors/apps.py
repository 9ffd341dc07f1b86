from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings


class ConnectorsConfig(AppConfig):
    name = "connectors"
    verbose_name = "Connectors"

    def ready(self) -> None:
        """Put the address policy of the settings in force in this process."""
        from connectors.outbound import AddressPolicy, configure

        configure(
            AddressPolicy.of(
                allowed_private=settings.OUTBOUND_PRIVATE_RANGES,
                practice=settings.OUTBOUND_EXACT,
                platform_own=sorted(_own_services()),
            )
        )


def _own_services() -> set[str]:
    """The hosts of the database and the broker, where these are on the network."""
    hosts = {str(database.get("HOST", "")) for database in settings.DATABASES.values()}
    hosts.add(urlsplit(settings.CELERY_BROKER_URL).hostname or "")
    return {host for host in hosts if host and not host.startswith("/")}
