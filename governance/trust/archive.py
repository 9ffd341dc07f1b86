"""A TAR.GZ that is the same bytes for the same members, on every machine. Pure.

POSIX ustar (IEEE 1003.1-1988), members by name, metadata zeroed; gzip (RFC 1952) with stored blocks
(RFC 1951, § 3.2.4), because no two versions of a compressor need agree.
"""

from __future__ import annotations

import io
import re
import struct
import tarfile
import zlib
from collections.abc import Collection, Iterator, Mapping

LARGEST = 256 * 1024 * 1024  # bytes, unpacked
MOST_MEMBERS = 10_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_LONGEST_NAME = 100  # of ustar, without its prefix field
_BLOCK = 65_535
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, no time, unknown system


class ArchiveUnreadable(ValueError):
    """It is no archive of plain files; says what is wrong."""


def pack(members: Mapping[str, bytes], *, hidden: Collection[str] = ()) -> bytes:
    """The archive of `members`, by their names. Raises `ValueError` for a name that is no plain one
    and not in `hidden`, names with a leading dot that the format of an archive may ask for."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(members):
            if name not in hidden and not _is_plain(name):
                raise ValueError(f"{name!r} is no plain name of a member")
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(members[name]), 0o644
            archive.addfile(info, io.BytesIO(members[name]))
    return _stored(plain.getvalue())


def unpack(raw: bytes, *, hidden: Collection[str] = (), largest: int = 0) -> dict[str, bytes]:
    """The members of an archive, whatever compressed it. Nothing is written anywhere.

    Raises `ArchiveUnreadable` for what is none, for links, folders and devices, for names that
    lead out or come twice, and beyond `largest` bytes (`LARGEST`) or `MOST_MEMBERS` members.
    `hidden` is as in `pack`.
    """
    largest = largest or LARGEST
    inflate = zlib.decompressobj(wbits=31)  # one gzip member
    try:
        plain = inflate.decompress(raw, largest)
    except zlib.error:
        raise ArchiveUnreadable("It is no gzip file.") from None
    if inflate.unconsumed_tail:
        raise ArchiveUnreadable(f"It is larger than {largest // 1024**2} MiB when unpacked.")
    if not inflate.eof:
        raise ArchiveUnreadable("It ends in the middle.")
    members: dict[str, bytes] = {}
    # The library of tar files raises much besides its own errors for hostile headers.
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            for name, content in _files(archive, hidden):
                if name in members:
                    raise ArchiveUnreadable(f"It holds {name} twice.")
                members[name] = content
    except (tarfile.TarError, ValueError, OSError, OverflowError) as problem:
        if isinstance(problem, ArchiveUnreadable):
            raise
        raise ArchiveUnreadable("It is no tar file.") from None
    return members


def _files(archive: tarfile.TarFile, hidden: Collection[str]) -> Iterator[tuple[str, bytes]]:
    for count, member in enumerate(archive):
        if count >= MOST_MEMBERS:
            raise ArchiveUnreadable(f"It holds more than {MOST_MEMBERS} members.")
        if member.name not in hidden and not _is_plain(member.name):
            raise ArchiveUnreadable("It holds a member whose name is no plain path within it.")
        if member.type != tarfile.REGTYPE or member.issparse():
            raise ArchiveUnreadable(f"{member.name} in it is no plain file.")
        file = archive.extractfile(member)
        content = file.read() if file else b""
        if len(content) != member.size:
            raise ArchiveUnreadable(f"{member.name} in it is cut short.")
        yield member.name, content


def _is_plain(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


def _stored(plain: bytes) -> bytes:
    parts = [_HEADER]
    for begin in range(0, len(plain), _BLOCK):
        block = plain[begin : begin + _BLOCK]
        last = begin + _BLOCK >= len(plain)
        parts += [struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF), block]
    parts.append(struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF))
    return b"".join(parts)
