"""The address guard: from a host that a workflow names to addresses that may be connected to."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence

from connectors.contract import ErrorClass, TaskError
from connectors.outbound.hosts import is_allowed, literal, refused
from connectors.outbound.policy import AddressPolicy
from connectors.outbound.watch import Watch

REMEMBER = 5.0
_MOST_KNOWN = 4096

# A name and a port to addresses in the order to try them. Raises OSError when there are none.
Resolver = Callable[[str, int], Sequence[str]]


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the machine resolves it. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """Holds a call to the hosts of its workflow, and every host to addresses that may be reached.

    The name is resolved once, here; the caller connects to what `addresses` gave and to nothing
    else, so a name that changes its mind (DNS rebinding) is never asked a second time. An answer
    is remembered for `remember` seconds and checked again at each use.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        resolver: Resolver = system_resolver,
        remember: float = REMEMBER,
    ) -> None:
        self.policy = policy
        self._resolver = resolver
        self._remember = remember
        self._known: dict[tuple[str, int], tuple[float, Sequence[str]]] = {}

    def permit(self, host: str, port: int, allowed_hosts: frozenset[str] | None) -> None:
        """Raise `address_refused` for what is refused without resolving a name.

        `allowed_hosts` None is for a host that the tenant's admin named, not the workflow.
        """
        if allowed_hosts is not None and not is_allowed(host, port, allowed_hosts):
            raise refused(
                f"{_shown(host, port)} is not among the hosts that this workflow may reach.",
                "Name it, with this port, in the workflow's endpoints and freeze a new version.",
            )
        kind = self.policy.refuses_name(host, port)
        address = literal(host)
        if not kind and address is not None:
            kind = self.policy.refuses(address, host=host, port=port)
        if kind:
            raise _forbidden(host, port, kind)

    def addresses(
        self, host: str, port: int, allowed_hosts: frozenset[str] | None, watch: Watch
    ) -> tuple[str, ...]:
        """The addresses that may be connected to, in the order to try them.

        One bad address refuses the whole name. Raises `TaskError`: `address_refused`, or
        `unavailable` when the name leads nowhere; and `StoppedError`.
        """
        self.permit(host, port, allowed_hosts)
        if literal(host) is not None:
            return (host,)
        checked: list[str] = []
        for text in self._resolve(host, port, watch):
            try:
                address = ipaddress.ip_address(text)
            except ValueError:  # an address with a zone, as link-local ones have
                raise _forbidden(host, port, "an address of one link only") from None
            kind = self.policy.refuses(address, host=host, port=port)
            if kind:
                raise _forbidden(host, port, kind)
            checked.append(str(address))
        return tuple(checked)

    def forget(self, host: str, port: int) -> None:
        """Ask anew next time: what the name led to does not answer."""
        self._known.pop((host, port), None)

    def _resolve(self, host: str, port: int, watch: Watch) -> Sequence[str]:
        """Ask in a thread of its own: the system's call can't be given up, ours can."""
        until, known = self._known.get((host, port), (0.0, ()))
        if time.monotonic() < until:
            return known
        answer: list[Sequence[str]] = []
        done = threading.Event()

        def ask() -> None:
            try:
                answer.append(self._resolver(host, port))
            except (OSError, UnicodeError):
                answer.append(())
            finally:
                done.set()

        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
        while not done.wait(watch.slice()):
            pass
        if not answer or not answer[0]:
            raise TaskError(
                ErrorClass.UNAVAILABLE,
                f"There is no address for the name {host}.",
                hint="Check the endpoint's spelling; it is tried again if it is right.",
            )
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[host, port] = (time.monotonic() + self._remember, answer[0])
        return answer[0]


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _forbidden(host: str, port: int, kind: str) -> TaskError:
    """Says what kind of address it is, never which: inner names are not for a tenant to map."""
    return refused(
        f"{_shown(host, port)} leads to {kind}, which no workflow may reach.",
        "Use a public address. A platform administrator can allow a private range.",
    )
