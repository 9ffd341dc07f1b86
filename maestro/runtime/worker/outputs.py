"""What is kept of an output: a small one in the row, a large one in a file under its digest."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from maestro.kernel.canonical import digest_bytes
from maestro.runtime.engine_state import Outcome

ROW_LIMIT = 1024 * 1024  # bytes


def keep_output(tenant_id: UUID, output: Any, log: tuple[str, ...] = ()) -> Outcome:
    """An outcome whose output is in it, or in a file when it is beyond 1 MiB.

    The digest is over the JSON text with sorted keys and no spaces, which is also what the file
    holds. NUL and lone surrogates, which PostgreSQL's text can't hold, become U+FFFD.
    """
    text = _text(output)
    if "\\u0000" in text or "\\ud" in text:
        output = _storable(output)
        text = _text(output)
    raw = text.encode()
    digest = digest_bytes(raw)
    if len(raw) <= ROW_LIMIT:
        return Outcome(output=output, output_digest=digest, output_size=len(raw), log=log)
    name = f"outputs/{tenant_id}/{digest.removeprefix('sha256:')}.json"
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(raw))
    return Outcome(
        output={"$file": {"digest": digest, "bytes": len(raw)}},
        output_digest=digest,
        output_size=len(raw),
        output_file=name,
        log=log,
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        kept = value.replace("\x00", "\ufffd")
        return kept.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
