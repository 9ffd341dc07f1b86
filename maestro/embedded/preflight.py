"""What must hold before anything is started; each refusal is one line that says what to do."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Mapping

from maestro.embedded.processes import EmbeddedError

PYTHONS = ((3, 11), (3, 13))


class Refused(EmbeddedError):
    """Maestro does not start here and now; nothing was started."""


def check_python(python: tuple[int, int] = sys.version_info[:2]) -> None:
    """Maestro and its locked requirements are for these Pythons."""
    if not PYTHONS[0] <= python <= PYTHONS[1]:
        raise Refused(f"Maestro needs Python 3.11, 3.12 or 3.13; this is {python[0]}.{python[1]}.")


def check_machine(system: str = platform.system(), machine: str = platform.machine()) -> None:
    """The wheels with PostgreSQL and Valkey are for Linux on x86-64."""
    if (system, machine) != ("Linux", "x86_64"):
        raise Refused(
            f"Maestro's embedded services run on Linux x86-64; this is {system} {machine}."
            " Set DATABASE_URL and CELERY_BROKER_URL to use services of your own."
        )


def port_of(environ: Mapping[str, str], variable: str, default: int) -> int:
    """The port that `variable` names, 1-65535."""
    value = environ.get(variable) or str(default)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise Refused(f"{variable}={value} is not a port: give a number from 1 to 65535.")
    return int(value)


def check_ports(places: Mapping[str, tuple[str, int]]) -> None:
    """Each host and port, by the variable that moves it, can be listened on."""
    taken: dict[int, str] = {}
    for variable, (host, port) in places.items():
        if port in taken:
            raise Refused(f"{variable} and {taken[port]} are both {port}: give them two ports.")
        taken[port] = variable
        with socket.socket() as probe:
            # As the servers do: a port whose last connections are just closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as problem:
                reason = os.strerror(problem.errno or 0).lower()
                other = port + 1 if 1024 <= port < 65535 else 8000
                raise Refused(
                    f"Port {port} can't be used ({reason}): free it, or choose another,"
                    f" such as `{variable}={other} make run`."
                ) from None


def own_service(environ: Mapping[str, str], needed: tuple[str, ...]) -> bool:
    """Whether the first variable of `needed` names a service to use; then all must be set.

    Each may be given as `NAME_FILE` too, as in the settings.
    """
    present = [name for name in needed if environ.get(name) or environ.get(f"{name}_FILE")]
    if needed[0] not in present:
        return False
    missing = [name for name in needed if name not in present]
    if missing:
        raise Refused(
            f"{needed[0]} is set, so a database of your own is used: also set {', '.join(missing)}."
        )
    return True
