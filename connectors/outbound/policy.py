"""Which addresses may be reached: the IANA registries' ranges, and the platform's settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.contract import TaskError
from connectors.outbound.hosts import IPAddress, literal, split_host

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# Looked at in this order, and never to be reached. Sources: the IANA IPv4 and IPv6 special-purpose
# address registries, and the documentation of the clouds for their metadata services.
_NEVER: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "a cloud's metadata service",
        (
            "169.254.169.254/32",
            "169.254.170.2/32",
            "100.100.100.200/32",
            "168.63.129.16/32",
            "192.0.0.192/32",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
            "fd00:42::42/128",
        ),
    ),
    ("an unspecified address", ("0.0.0.0/8", "::/128")),
    ("a loopback address", ("127.0.0.0/8", "::1/128")),
    ("a link-local address", ("169.254.0.0/16", "fe80::/10")),
    ("a multicast address", ("224.0.0.0/4", "ff00::/8")),
    ("an address inside another one", ("::ffff:0:0/96", "::ffff:0:0:0/96", "::/96")),
    ("a tunnel's address", ("2002::/16", "2001::/32", "192.88.99.0/24", "64:ff9b:1::/48")),
    (
        "a reserved address",
        (
            "192.0.0.0/24",
            "192.0.2.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "100::/64",
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",
        ),
    ),
)

# Reached where the platform's settings allow the range.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")


def _networks(ranges: Iterable[str]) -> tuple[IPNetwork, ...]:
    return tuple(ipaddress.ip_network(item) for item in ranges)


_NEVER_NETWORKS = tuple((kind, _networks(ranges)) for kind, ranges in _NEVER)
_PRIVATE_NETWORKS = _networks(_PRIVATE)
_LOOPBACK_NETWORKS = _networks(("127.0.0.0/8", "::1/128"))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")


def _within(address: IPAddress, networks: tuple[IPNetwork, ...]) -> bool:
    return any(address in network for network in networks)


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What the platform's settings say of addresses. The default reaches public ones only.

    `allowed_private`: private ranges that may be reached. `practice`: exact `host:port` of the
    practice world, the only entries that open a loopback address. `platform_own`: addresses,
    ranges, `host` and `host:port` of the platform's own services, refused before anything else is
    allowed. Build it with `of`, which checks what it is given.
    """

    allowed_private: tuple[IPNetwork, ...] = ()
    practice: frozenset[tuple[str, int]] = frozenset()
    own_networks: tuple[tuple[IPNetwork, int | None], ...] = ()
    own_names: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        allowed_private: Iterable[str] = (),
        practice: Iterable[str] = (),
        platform_own: Iterable[str] = (),
    ) -> AddressPolicy:
        """The policy of these settings. Raises `ValueError` that names the entry that is wrong."""
        own_networks: list[tuple[IPNetwork, int | None]] = []
        own_names: set[tuple[str, int | None]] = set()
        for entry in platform_own:
            if "/" in entry:
                own_networks.append((_network(entry), None))
                continue
            host, port = _host(entry)
            address = literal(host)
            if address is None:
                own_names.add((host, port))
            else:
                own_networks.append((ipaddress.ip_network(address), port))
        return cls(
            allowed_private=tuple(_private(entry) for entry in allowed_private),
            practice=frozenset(_exact(entry) for entry in practice),
            own_networks=tuple(own_networks),
            own_names=frozenset(own_names),
        )

    def refuses_name(self, host: str, port: int) -> str:
        """Why this name may not be reached whatever it leads to; empty when it may."""
        if (host, port) in self.own_names or (host, None) in self.own_names:
            return "one of the platform's own services"
        return ""

    def refuses(self, address: IPAddress, *, host: str, port: int) -> str:
        """What is wrong with this address of `host`, as a noun phrase; empty if it is good.

        An IPv4 address inside a NAT64 one (RFC 6052) is judged as itself.
        """
        inner = address
        if isinstance(address, ipaddress.IPv6Address) and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if (host, port) in self.practice and _within(inner, _LOOPBACK_NETWORKS + _PRIVATE_NETWORKS):
            return ""
        for network, own_port in self.own_networks:
            if inner in network and own_port in (None, port):
                return "one of the platform's own services"
        for kind, networks in _NEVER_NETWORKS:
            if _within(inner, networks):
                return kind
        if _within(inner, _PRIVATE_NETWORKS):
            return "" if _within(inner, self.allowed_private) else "a private address"
        if isinstance(inner, ipaddress.IPv6Address) and inner not in _GLOBAL_V6:
            return "a reserved address"
        return ""


def _network(entry: str) -> IPNetwork:
    try:
        return ipaddress.ip_network(entry)
    except ValueError as error:
        raise ValueError(f"{entry!r} is no range of addresses: {error}") from None


def _private(entry: str) -> IPNetwork:
    network = _network(entry)
    for whole in _PRIVATE_NETWORKS:
        if network.version == whole.version and network.subnet_of(whole):  # type: ignore[arg-type]
            return network
    raise ValueError(f"{entry!r} is not inside a private range ({', '.join(_PRIVATE)}).")


def _host(entry: str) -> tuple[str, int | None]:
    try:
        bare = entry if entry.count(":") < 2 or entry.startswith("[") else f"[{entry}]"
        return split_host(bare)
    except TaskError as error:
        raise ValueError(f"{entry!r} is no host or host:port: {error}") from None


def _exact(entry: str) -> tuple[str, int]:
    host, port = _host(entry)
    if port is None:
        raise ValueError(f"{entry!r} must name a port: the practice world is allowed by host:port.")
    return host, port
