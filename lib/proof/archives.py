"""Look into zip archives: every picture in them with its checksum, nothing unpacked."""

from __future__ import annotations

import hashlib
import lzma
import os
import zipfile
import zlib

from lib.analysis.formats import SNIFFED
from lib.model import Unreadable, in_words
from lib.proof.contents import content
from lib.proof.model import ArchiveMember, Content

_BLOCK = 1 << 20
_ENCRYPTED = 0x1
_UNPACK = "unpack it, import what is in it, and ask again"


def pictures_in(path: str) -> tuple[ArchiveMember, ...]:
    """Return every picture in the zip archive at `path`. Raises Unreadable where one cannot be told for sure: encrypted, broken, nested."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(found for entry in archive.infolist() if not entry.is_dir() and (found := _member(archive, entry)))
    except OSError as error:
        raise Unreadable(f"the archive could not be read: {in_words(error)}") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Unreadable(f"the archive is broken, or of a kind that cannot be read here ({error}); {_UNPACK}") from error


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> ArchiveMember | None:
    """Return what is in the archive under this entry; None where it is no picture. The archive's own checksum is held against it too."""
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(f"{entry.filename} in it is encrypted; {_UNPACK}")
    hasher, size = hashlib.sha256(), 0
    with archive.open(entry) as file:
        head = file.read(SNIFFED)
        kind = content(os.path.basename(entry.filename.replace("\\", "/")), head)
        if kind in (Content.ARCHIVE, Content.CLOSED):
            raise Unreadable(f"{entry.filename} in it is an archive again; {_UNPACK}")
        block = head
        while block:
            hasher.update(block)
            size += len(block)
            block = file.read(_BLOCK)
    return ArchiveMember(entry.filename, size, hasher.hexdigest()) if kind is Content.PICTURE else None
