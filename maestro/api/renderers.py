"""What the API gives in another form than JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer


class ArchiveRenderer(BaseRenderer):
    """Bytes of a TAR.GZ as they are; a problem, which has no other form, as JSON."""

    media_type = "application/gzip"
    format = "gzip"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """See `BaseRenderer.render`."""
        return data if isinstance(data, bytes) else json.dumps(data).encode()
