"""What it may reach is told by name, and as narrow as can be."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from marketplace.checking import ERROR, INFO, WARNING, Found, Subject


def check(subject: Subject) -> Iterator[Found]:
    """Wildcards are errors, addresses instead of names and plain http are warnings."""
    for name, endpoint in subject.document.endpoints.items():
        path = f"/endpoints/{name}"
        if not endpoint.default:
            yield Found(
                INFO,
                "host_given_later",
                f"The host of {name} is chosen when it is installed.",
                path,
                "Say in its description which host is meant.",
            )
            continue
        parts = urlsplit(endpoint.default)
        host = (parts.hostname or "").rstrip(".")
        at = f"{path}/default"
        if "*" in host or host in ("", "localhost"):
            yield Found(
                ERROR,
                "host_too_wide",
                f"{host or 'Nothing'} is no host that others could grant.",
                at,
                "Name the one host that is reached.",
            )
        elif _is_address(host):
            yield Found(
                WARNING,
                "host_is_address",
                f"{host} is an address, not a name: nobody can tell whose it is.",
                at,
                "Write the host's name.",
            )
        elif parts.scheme != "https":
            yield Found(
                WARNING,
                "host_in_clear",
                f"{host} is reached without encryption.",
                at,
                "Use https where the service has it.",
            )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdecimal() or host.lower().startswith("0x")
    return True
