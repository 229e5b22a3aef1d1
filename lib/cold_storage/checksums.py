"""Checksums as S3 has them: base64, and for an object of several parts a checksum of the parts' checksums. Pure but for `read_fixity`."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
from collections.abc import Sequence

from lib.cold_storage.bandwidth import RunStopped
from lib.cold_storage.model import FileChecksums, ObjectFacts
from lib.files.blocks import blocks

WHOLE_UP_TO = 100_000_000
"""Files of more bytes are sent in parts, so that what was sent before the line was cut is not sent again."""
_PART = 16 << 20
_MOST_PARTS = 10_000  # by S3
_MEGABYTE = 1 << 20


def part_size_for(size: int) -> int:
    """How many bytes each part of a file has, the last one fewer; 0 where it is sent whole."""
    if size <= WHOLE_UP_TO:
        return 0
    least = -(-size // _MOST_PARTS)
    return max(_PART, -(-least // _MEGABYTE) * _MEGABYTE)


def base64_of(sha256: str) -> str:
    """A SHA-256 in hex as S3 writes it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def composite(parts: Sequence[bytes]) -> str:
    """What S3 calls the SHA-256 of an object in parts: that of the parts' own, and how many they are. `parts`: 32 bytes each."""
    return f"{base64.b64encode(hashlib.sha256(b''.join(parts)).digest()).decode()}-{len(parts)}"


def checksum_of(fixity: FileChecksums) -> str:
    """The checksum that S3 has of a file sent as `fixity` says."""
    return composite(fixity.parts) if fixity.part_size else base64_of(fixity.sha256)


def is_same(expected: str, stored: str) -> bool:
    """True where two of S3's checksums are one; some servers leave the number of parts away."""
    return bool(stored) and expected.partition("-")[0] == stored.partition("-")[0]


def proves(facts: ObjectFacts, sha256: str, size: int, composite_known: str = "") -> bool:
    """True where S3's own checksum proves that an object holds the file of `sha256` (hex) and `size`.

    For one in parts the checksum is held against `composite_known` where this computer remembers it, else against what was written
    into the object's metadata when the file was read before its upload.
    """
    if facts.size != size or not facts.checksum:
        return False
    if is_same(base64_of(sha256), facts.checksum):
        return True
    written = facts.metadata.get("parts-sha256", "")
    return facts.metadata.get("sha256") == sha256 and bool(written) and is_same(composite_known or written, facts.checksum)


def read_fixity(file: int, part_size: int, stop: threading.Event) -> FileChecksums:
    """The checksums of an open file, read from its start. Raises OSError, and RunStopped once `stop` is set."""
    os.lseek(file, 0, os.SEEK_SET)
    whole, md5, part = hashlib.sha256(), hashlib.md5(usedforsecurity=False), hashlib.sha256()
    parts: list[bytes] = []
    room = part_size
    for block in blocks(file):
        if stop.is_set():
            raise RunStopped
        whole.update(block)
        md5.update(block)
        while part_size and len(block) >= room:
            part.update(block[:room])
            parts.append(part.digest())
            part, block, room = hashlib.sha256(), block[room:], part_size
        if part_size:
            part.update(block)
            room -= len(block)
    if part_size and room < part_size:
        parts.append(part.digest())
    return FileChecksums(whole.hexdigest(), md5.hexdigest(), part_size, tuple(parts))
