"""Going along a chain: the first entry that is not as it was linked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from governance.audit.chain import GENESIS, Link

_FAR = 200_000  # places to look at for a link that stands in another one


class Wrong(StrEnum):
    """What is wrong with a chain."""

    RECORD_CHANGED = "record_changed"
    RECORD_REMOVED = "record_removed"
    LINK_CHANGED = "link_changed"
    LINK_REMOVED = "link_removed"
    REORDERED = "reordered"
    INSERTED = "inserted"
    UNLINKED = "unlinked"
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: at which place (0 where there is none), with which record."""

    what: Wrong
    message: str
    seq: int = 0
    record_id: str = ""


class Walk:
    """One walk along one chain, in order. `seq` and `head` are those of the last good link."""

    def __init__(self, tenant: str, *, seq: int = 0, head: str = GENESIS) -> None:
        self.tenant, self.seq, self.head = tenant, seq, head

    def step(self, link: Link, verb: str | None, digest: str | None) -> Fault | None:
        """Take the next link, with what its record says now (None when it is not there)."""
        expected = self.seq + 1
        if link.seq > expected:
            return Fault(
                Wrong.LINK_REMOVED,
                f"Entry {expected} was removed: after {self.seq} comes {link.seq}.",
                expected,
            )
        fault = self._of_link(link, expected) or _of_record(link, verb, digest)
        if fault is None:
            self.seq, self.head = link.seq, link.hash
        return fault

    def _of_link(self, link: Link, expected: int) -> Fault | None:
        about = f"Entry {link.seq} ({link.verb}, {link.record_type} {link.record_id})"
        if link.seq < expected or link.tenant != self.tenant:
            what, how = Wrong.INSERTED, f"was inserted: the place after {self.seq} is {expected}."
        elif link.computed() != link.hash:
            place = _place_of(link)
            what, how = Wrong.LINK_CHANGED, "was changed: its hash is not that of what it says."
            if place:
                what, how = Wrong.REORDERED, f"was moved: it was linked as entry {place}."
        elif link.previous != self.head:
            what, how = Wrong.INSERTED, "was inserted or rewritten: it follows another entry."
        else:
            return None
        return Fault(what, f"{about} {how}", link.seq, link.record_id)


def _of_record(link: Link, verb: str | None, digest: str | None) -> Fault | None:
    about = f"entry {link.seq} ({link.verb}, {link.record_type} {link.record_id})"
    if digest is None:
        what, message = Wrong.RECORD_REMOVED, f"The record of {about} was removed."
    elif digest != link.record_digest:
        what, message = Wrong.RECORD_CHANGED, f"The record of {about} was changed."
    elif verb != link.verb:
        what, message = Wrong.LINK_CHANGED, f"The verb of {about} was changed; it is {verb}."
    else:
        return None
    return Fault(what, message, link.seq, link.record_id)


def _place_of(link: Link) -> int:
    """The place for which the link's hash is right; 0 when it was not only moved."""
    nearest = range(max(1, link.seq - _FAR), link.seq + _FAR)
    return next((place for place in nearest if link._replace(seq=place).computed() == link.hash), 0)
