"""What Maestro writes to a person: what happened, by the tenant in which it concerns them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHOWN = 50  # things of one tenant that a mail lists
NAMED = 10  # installations that a line names
LONGEST_SUBJECT = 150
LONGEST_WORDS = 500  # of what people typed

FOOT = "You get these mails because of your place in these tenants. Turn them off: {preferences}"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that happened, and the address of the page that shows it."""

    headline: str
    url: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Some of the names, in order, and how many there are."""

    some: tuple[str, ...]
    count: int

    def __str__(self) -> str:
        rest = self.count - len(self.some)
        return ", ".join(self.some) + (f" and {rest} more" if rest else "")


def letter(notes: Mapping[str, Sequence[Note]], *, preferences: str) -> tuple[str, str]:
    """Subject and text of a mail that says these things, which are by the name of a tenant.

    `preferences` is the address of the page on which such mails are turned off.

    Whatever people typed stays on a line of its own: it makes no header, and no second entry.
    """
    count = sum(map(len, notes.values()))
    (first, *_) = (note for of_tenant in notes.values() for note in of_tenant)
    subject = first.headline if count == 1 else f"{count} things about releases and installations"
    parts = [_part(tenant, of_tenant) for tenant, of_tenant in notes.items()]
    text = "\n\n".join([*parts, FOOT.format(preferences=preferences)])
    return one_line(subject, LONGEST_SUBJECT), f"{text}\n"


def one_line(text: str, most: int = LONGEST_WORDS) -> str:
    """The text without line breaks and what does not print, at most so long."""
    words = "".join(c if c.isprintable() else " " for c in text).split()
    line = " ".join(words)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _part(tenant: str, notes: Sequence[Note]) -> str:
    blocks = [f"In {one_line(tenant)}:", *map(_block, notes[:SHOWN])]
    if len(notes) > SHOWN:
        blocks.append(f"  and {len(notes) - SHOWN} more")
    return "\n\n".join(blocks)


def _block(note: Note) -> str:
    lines = [f"* {one_line(note.headline)}", *(f"  {one_line(line)}" for line in note.lines)]
    return "\n".join([*lines, f"  Look at it: {note.url}"])
