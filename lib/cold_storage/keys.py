"""What files of the album are called in a bucket, and back: nearly always the same. Pure."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from lib.files.names import split_name
from lib.files.scanning import OWN_FOLDER
from lib.transfer import manifest

LONGEST_KEY = 1024  # bytes of UTF-8, as S3 has it
MD5SUMS = "MD5SUMS"
HOW_TO_RESTORE = "HOW-TO-RESTORE.txt"
OWN_NAMES = frozenset({manifest.NAME, MD5SUMS, HOW_TO_RESTORE})
"""What the toolkit puts beside the album."""
_ESCAPED = re.compile(r"[\x00-\x1f\x7f\\]")
_NO_UTF_8 = re.compile(r"[\udc80-\udcff]")
_DATED = re.compile(r"(\.[0-9]{8}T[0-9]{6}Z)?")
_DIGITS = 12
_FOR_WINDOWS = re.compile(r"[:\\]")  # a drive, a stream, or a way to another folder


def key_of(name: str) -> str:
    """What a file of the album is called in the bucket, its prefix not included: its own name.

    A byte that is no UTF-8, a control character or a backslash, which not every S3 server keeps, is written as %XX.
    """
    text = _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", name)
    return _NO_UTF_8.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", text)


def versioned_key(name: str, sha256: str) -> str:
    """What a file is called in a bucket without versioning where other bytes have its name there: it tells the first of its SHA-256."""
    folder, slash, last = key_of(name).rpartition("/")
    stem, ending = split_name(last)
    return f"{folder}{slash}{stem}.sha256-{sha256[:_DIGITS]}{ending}"


def dated_key(name: str, moment: datetime) -> str:
    """What a newer SHA256SUMS (or the like) is called in a bucket without versioning."""
    return f"{name}.{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def is_version_of(name: str, key: str) -> bool:
    """True where a key is `name`, or `name` as it was at a later moment."""
    return key.startswith(name) and _DATED.fullmatch(key, len(name)) is not None


def is_own(key: str) -> bool:
    """True for what the toolkit put beside the album, in any version."""
    return any(is_version_of(name, key) for name in OWN_NAMES)


def trouble_with(name: str, prefix: str = "") -> str:
    """Why a file of this name cannot be stored below `prefix`, in words; empty where it can."""
    if not is_safe_name(name):
        return "its name leads out of the album"
    if is_own(name):
        return "its name is kept for what this toolkit puts beside the album; give it another one"
    if len(f"{prefix}{key_of(name)}".encode()) > LONGEST_KEY:
        return f"its name is longer than the {LONGEST_KEY:,} bytes that S3 allows"
    return ""


def is_safe_name(name: str) -> bool:
    """True where a name out of a bucket leads to a file inside the album and nowhere else."""
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts) or parts[0].lower() == OWN_FOLDER:
        return False
    return name != manifest.NAME and (os.name != "nt" or not _FOR_WINDOWS.search(name))
