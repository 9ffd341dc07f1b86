"""A link of the chain, and its hash. Pure."""

from __future__ import annotations

import hashlib
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

GENESIS = ""
"""What stands for the link before the first one."""


class Link(NamedTuple):
    """A link as values, its ids as text. `verb` says what the record tells of."""

    tenant: str
    seq: int
    record_type: str
    record_id: str
    verb: str
    record_digest: str
    previous: str
    hash: str = ""

    def computed(self) -> str:
        """`sha256:` and the SHA-256 over the RFC 8785 bytes of tenant, place, record and `previous`.

        The verb is in it by the record, which says it.
        """
        # Names in order, text and a whole number alone: so RFC 8785 writes it.
        text = (
            f'{{"previous":{quoted(self.previous)},"record_digest":{quoted(self.record_digest)},'
            f'"record_id":{quoted(self.record_id)},"record_type":{quoted(self.record_type)},'
            f'"seq":{self.seq},"tenant":{quoted(self.tenant)}}}'
        )
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def sealed(self) -> Link:
        """The same link with its hash."""
        return self._replace(hash=self.computed())

    def as_dict(self) -> dict[str, Any]:
        """As JSON, the way it is exported."""
        return self._asdict()
