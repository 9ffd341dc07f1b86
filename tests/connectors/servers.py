"""Real servers on loopback, and calls that may reach them by exact host and port."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.contract import Call
from connectors.outbound import AddressPolicy, OutboundClient
from connectors.outbound.watch import tls_context


@dataclass(frozen=True)
class Seen:
    """A request as the server got it. Header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class WebServer:
    """A server of HTTP/1.1 with kept connections; `seen` has what came, in order."""

    port: int
    seen: list[Seen]

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@contextmanager
def web_server(
    answer: Callable[[Seen], Reply],
    tls: ssl.SSLContext | None = None,
    address: tuple[str, int] = ("127.0.0.1", 0),
) -> Iterator[WebServer]:
    seen: list[Seen] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Seen(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
                self.client_address[1],
            )
            seen.append(request)
            reply = answer(request)
            head = [f"HTTP/1.1 {reply.status} X"]
            headers = {"Content-Length": str(len(reply.body)), **reply.headers}
            head += [f"{name}: {value}" for name, value in headers.items()]
            raw = ("\r\n".join(head) + "\r\n\r\n").encode("latin-1")
            self.wfile.write(raw + (b"" if self.command == "HEAD" else reply.body))

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self.handle_any
            raise AttributeError(name)

        def log_message(self, *_args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_args: Any) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(address, Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield WebServer(server.server_address[1], seen)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class RawServer:
    """A server that speaks whatever its script does. `hung_up` is set when a client has gone."""

    port: int
    connections: int = 0
    hung_up: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)


@contextmanager
def raw_server(script: Callable[[socket.socket, RawServer], None]) -> Iterator[RawServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    state = RawServer(listener.getsockname()[1])

    def run(connection: socket.socket) -> None:
        with connection:
            try:
                script(connection, state)
            except OSError:
                state.hung_up.set()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            state.connections += 1
            threading.Thread(target=run, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield state
    finally:
        state.stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def read_request(connection: socket.socket) -> bytes:
    """What comes until the end of the head."""
    got = b""
    while b"\r\n\r\n" not in got:
        piece = connection.recv(65536)
        if not piece:
            break
        got += piece
    return got


def wait_for_hang_up(connection: socket.socket, state: RawServer) -> None:
    """Say nothing more until the client closes."""
    connection.settimeout(0.05)
    while not state.stopping.is_set():
        try:
            if not connection.recv(65536):
                state.hung_up.set()
                return
        except TimeoutError:
            continue


class Names:
    """A resolver of our own: each question takes the next of a name's answers, the last stays."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name.replace("_", "."): list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        answers = self._answers.get(host)
        if not answers:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


LOCAL = Names(svc_test=[["127.0.0.1"]], other_test=[["127.0.0.1"]])


def client_for(
    *hosts: str,
    resolver: Callable[[str, int], Sequence[str]] = LOCAL,
    ca_file: str | None = None,
    remember: float = 0.0,
) -> OutboundClient:
    """A client for which these `host:port` are the practice world."""
    tls = tls_context(ca_file) if ca_file else None
    policy = AddressPolicy.of(practice=hosts)
    return OutboundClient(policy, resolver=resolver, tls=tls, remember=remember)


def make_call(inputs: Mapping[str, Any], *hosts: str, seconds: float = 20.0, **more: Any) -> Call:
    """A call with `seconds` to go that may reach these hosts."""
    return Call(
        **{
            "inputs": inputs,
            "idempotency_key": "run-1:step-1",
            "attempt": 1,
            "deadline": time.monotonic() + seconds,
            "cancelled": threading.Event(),
            "allowed_hosts": frozenset(hosts),
            "tenant_id": "tenant-1",
            **more,
        }
    )


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for some names: a file to trust, a context to serve with."""

    ca_file: str
    server: ssl.SSLContext
    key_file: str


def certificate(folder: Path, *names: str, expired: bool = False) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    end = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
    alternatives: list[x509.GeneralName] = []
    for name in names:
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            alternatives.append(x509.DNSName(name))
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca_file = folder / "ca.pem"
    ca_file.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    key_file = folder / "key.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(ca_file, key_file)
    return Certificate(str(ca_file), server, str(key_file))
