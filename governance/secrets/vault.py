"""Secrets in HashiCorp Vault's KV engine, version 2, by its HTTP API.

`GET /v1/<mount>/data/<tenant>/<path>?version=<n>`; the value is the field `value`, or the one after
`#`. Its own documentation has the format: developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from governance.secrets.errors import SecretSourceAway, SecretSourceRefused

CONNECT, SILENT, WHOLE = 3.0, 5.0, 10.0  # seconds: to connect, between two bytes, for all of it
LARGEST = 1024 * 1024  # bytes of an answer


class VaultSource:
    """One Vault, one token. Redirects are not followed and proxies are not asked."""

    def __init__(
        self,
        *,
        address: str,
        token: str = "",
        token_file: str = "",
        namespace: str = "",
        mount: str = "secret",
        ca: str = "",
    ) -> None:
        self._address, self._mount = address.rstrip("/"), mount.strip("/")
        self._token, self._token_file = token, token_file
        self._namespace, self._ca = namespace, ca

    def read(self, tenant: str, reference: str) -> str:
        """The field of a secret. Raises `SecretSourceRefused`, `SecretSourceAway`."""
        place, _, version = reference.partition("@")
        path, _, field = place.partition("#")
        data = self._ask(f"{tenant}/{path}", version)
        value = data.get(field or "value")
        if not isinstance(value, str):
            raise SecretSourceRefused(
                f"Vault's {path} has no text in its field {field or 'value'}.",
                hint="Name the field after #, as in db/tracker#token.",
            )
        return value

    def _ask(self, path: str, version: str) -> dict[str, Any]:
        url = f"{self._address}/v1/{quote(self._mount)}/data/{quote(path)}"
        headers = {"X-Vault-Token": self._present_token(), "X-Vault-Request": "true"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        with requests.Session() as session:
            session.trust_env = False
            try:
                with session.get(
                    url,
                    params={"version": version} if version else None,
                    headers=headers,
                    timeout=(CONNECT, SILENT),
                    allow_redirects=False,
                    stream=True,
                    verify=self._ca or True,
                ) as answer:
                    _check(answer.status_code, path)
                    return _data(_body(answer))
            except requests.RequestException as problem:
                # `from None`: the request's headers, and so the token, hang on the error.
                raise SecretSourceAway(
                    f"Vault does not answer: {type(problem).__name__}.",
                    hint="Try again when it is back.",
                ) from None

    def _present_token(self) -> str:
        """The token as it is now: an agent beside the worker renews the file."""
        if not self._token_file:
            return self._token
        try:
            return Path(self._token_file).read_text(encoding="utf-8").strip()
        except OSError as problem:
            raise SecretSourceAway(f"Vault's token can't be read: {problem.strerror}.") from None


def _check(status: int, path: str) -> None:
    if status == 200:
        return
    if status == 404:
        raise SecretSourceRefused(
            f"Vault has no secret {path}, or not this version of it.",
            hint="Write it there under this tenant's path.",
        )
    if status in (400, 401, 403):
        raise SecretSourceRefused(
            f"Vault refuses to give {path}.",
            hint="Ask who runs this Maestro to renew its token, or to let it read this path.",
        )
    raise SecretSourceAway(f"Vault answered {status}.", hint="Try again when it is back.")


def _body(answer: requests.Response) -> bytes:
    body, until = b"", time.monotonic() + WHOLE
    for piece in answer.iter_content(16 * 1024):
        body += piece
        if len(body) > LARGEST or time.monotonic() > until:
            raise SecretSourceAway("Vault's answer is too long, or comes too slowly.")
    return body


def _data(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)["data"]["data"]
    except (ValueError, KeyError, TypeError):
        data = None
    if not isinstance(data, dict):
        raise SecretSourceAway("What answered is no Vault with the KV engine, version 2.")
    return data
