from __future__ import annotations

import json
from io import BytesIO
from typing import IO
from uuid import UUID

from django.core.files.storage import default_storage

from maestro.kernel.actor import Actor
from maestro.kernel.errors import NotFound
from maestro.runtime.services.read_executions import read_executions


def read_output(*, actor: Actor, execution_id: UUID, step_id: str) -> IO[bytes]:
    """A step's output as JSON, wherever it is kept. Raises `NotFound`, `Denied`."""
    execution = read_executions(actor=actor).followed(execution_id)
    row = execution.steps.wholes().named([step_id]).first() if execution else None
    if row is None or not row.output_digest:
        raise NotFound("There is no such output.", hint="Look at the execution's steps.")
    if row.output_file:
        kept: IO[bytes] = default_storage.open(row.output_file)
        return kept
    return BytesIO(json.dumps(row.output, ensure_ascii=False).encode())
