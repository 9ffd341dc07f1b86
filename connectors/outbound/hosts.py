"""Names, addresses and URLs as the guard reads them: one form each, and every trick refused.

What is parsed here is what is connected to: the transport takes host and port from a `Target`,
never from the text again, so two parsers can't disagree about where a URL leads.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import idna

from connectors.contract import ErrorClass, TaskError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]*))?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")


def refused(message: str, hint: str = "") -> TaskError:
    """The error of the guard: this address is not for this workflow."""
    return TaskError(ErrorClass.ADDRESS_REFUSED, message, hint=hint)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads. `host` is ASCII, lower case, without a last dot or brackets."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454): credentials stay within one."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """`host`, or `host:port` where the port is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL to ask for."""
        return self.shown + (f"?{self.query}" if self.query else "")

    @property
    def shown(self) -> str:
        """The URL as messages show it: without the query, where people put keys."""
        return f"{self.scheme}://{self.authority}{self.path}"


def host_of(address: str) -> str:
    """`host`, or `host:port` where the port is not the scheme's; empty for no http(s) address.

    It says where an address leads and allows nothing: that is `parse_url` and the guard.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if not host or parts.scheme not in DEFAULT_PORTS:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return shown if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{shown}:{port}"


def parse_url(url: object) -> Target:
    """The target of an absolute http or https URL; its fragment is left out.

    Raises `TaskError`: `invalid_input` for what is no such URL, `address_refused` for user names
    and passwords in it, and for hosts written to look like another (see `normal_host`).
    """
    if not isinstance(url, str) or not url:
        raise TaskError(ErrorClass.INVALID_INPUT, "The URL is not a text.", hint="Give a URL.")
    if _UNSAFE.search(url):
        raise refused("The URL has a space, a control character or a backslash in it.")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise refused("The URL can't be read.") from None
    scheme = parts.scheme.lower()
    if scheme and scheme not in DEFAULT_PORTS:
        raise refused(f"The scheme {scheme}: is not allowed.", "Use https, or http.")
    if not scheme or not parts.netloc:
        raise TaskError(
            ErrorClass.INVALID_INPUT,
            "The URL is not absolute.",
            hint="Start it with an endpoint of the workflow, as https://host/path.",
        )
    if "@" in parts.netloc:
        raise refused(
            "The URL has a user name or password in it.",
            "Leave them out and give the credentials in auth.",
        )
    host, port = split_host(parts.netloc)
    return Target(
        scheme,
        host,
        DEFAULT_PORTS[scheme] if port is None else port,
        parts.path or "/",
        parts.query,
    )


def split_host(authority: str) -> tuple[str, int | None]:
    """`host`, `host:port` or `[v6]:port` as a normal host and its port, if it says one.

    Raises `TaskError` (`address_refused`).
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise refused("The host can't be read.", "Write it as host or host:port.")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise refused(f"There is no port {port}.")
    return normal_host(match["v6"] or match["name"]), port


def normal_host(host: str) -> str:
    """The one form of a host name or address.

    Names become ASCII by IDNA (UTS 46), in lower case, without the last dot. IPv4 is taken as four
    plain decimal numbers only: the decimal, octal, hexadecimal and short forms that `inet_aton`
    reads are refused, and so are IPv6 zones. Raises `TaskError` (`address_refused`).
    """
    if ":" in host:
        try:
            return _no_zone(host).compressed
        except ValueError:
            raise refused("The host is no plain IPv6 address.") from None
    name = host if host.isascii() else _to_ascii(host)
    name = name.lower().removesuffix(".")
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise refused(
                "The host is a number that is no plain IPv4 address.",
                "Write the host's name, or four decimal numbers.",
            ) from None
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise refused("The host is no valid name.")
    return name


def _no_zone(host: str) -> ipaddress.IPv6Address:
    address = ipaddress.IPv6Address(host)
    if address.scope_id is not None:
        raise ValueError("zone")
    return address


def _to_ascii(host: str) -> str:
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode()
    except UnicodeError:
        raise refused("The host is no valid international name.") from None


def literal(host: str) -> IPAddress | None:
    """The address that a normal host is, or None when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _permitted(allowed_hosts: frozenset[str]) -> frozenset[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for entry in allowed_hosts:
        bare = entry if entry.count(":") < 2 or entry.startswith("[") else f"[{entry}]"
        try:
            host, port = split_host(bare)
        except TaskError:
            continue  # what can't be read allows nothing
        found.update((host, p) for p in ([port] if port else DEFAULT_PORTS.values()))
    return frozenset(found)


def is_allowed(host: str, port: int, allowed_hosts: frozenset[str]) -> bool:
    """Whether `allowed_hosts` has this host and port.

    An entry is `host:port`, or `host` for the default ports of http and https.
    """
    return (host, port) in _permitted(allowed_hosts)
