"""Names of files: cut, split, folded, and made harmless for every file system. Pure."""

from __future__ import annotations

import functools
import itertools
import os.path
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator

NAME_ERRORS = sys.getfilesystemencodeerrors()
"""How names that are no Unicode are written in UTF-8: on Windows they may hold half a letter, elsewhere bytes that are no UTF-8."""
LONGEST = 255  # bytes in a name, on nearly every file system
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)", re.IGNORECASE)  # by Windows, with any ending
_LONGEST_TAG = 80  # bytes
_LIBRARIES = (".photoslibrary", ".photolibrary", ".aplibrary", ".migratedphotolibrary", ".lrlibrary", ".lrdata", ".app")
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


@functools.lru_cache(maxsize=4096)
def safe(text: str) -> str:
    """Return a tag's text as one harmless part of a path: no separators, control characters, reserved names, dots at the ends."""
    text = _UNSAFE.sub("_", text)
    text = "".join("_" if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter for letter in text)
    text = cut(text.strip(" ."), _LONGEST_TAG).strip(" .")
    return f"_{text}" if RESERVED.match(text) else text


def fit_for_windows(name: str) -> str:
    """Return a file's own name, changed only as far as file systems of Windows need it."""
    name = _UNSAFE.sub("_", name).rstrip(" .")
    return f"_{name}" if RESERVED.match(name) else name


def is_library(name: str) -> bool:
    """True for the name of a folder that a program keeps as one file of its own: Photos, iPhoto, Aperture, Lightroom, a program itself."""
    return name.lower().endswith(_LIBRARIES)


def in_library(path: str) -> bool:
    """True for such a folder and all that lies in it: whatever is changed there is lost to its program."""
    return any(map(is_library, path.split(os.sep)))


def split_name(name: str) -> tuple[str, str]:
    """Stem and ending with its dot; a leading dot makes no ending."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem else (name, "")


def shorten(stem: str, suffix: str, spare: int = 0) -> str:
    """Stem and suffix joined, the stem cut so that the name fits any file system with `spare` bytes to spare."""
    return cut(stem, LONGEST - byte_length(suffix) - spare) + suffix


def cut(text: str, room: int) -> str:
    """Return the text, cut to whole characters that fit `room` bytes where it does not."""
    encoded, handler = _encoded(text)
    if len(encoded) <= room:
        return text
    while room > 0 and encoded[room] & 0xC0 == 0x80:
        room -= 1
    return encoded[: max(0, room)].decode("utf-8", handler) or "_"


def byte_length(name: str) -> int:
    """Return how many bytes of a file system's name it takes."""
    return len(name) if name.isascii() else len(_encoded(name)[0])


def _encoded(name: str) -> tuple[bytes, str]:
    """Return the name's bytes, and the handler of errors that leads back: bytes that are no UTF-8 on Unix, halves of a pair on Windows."""
    try:
        return name.encode("utf-8", "surrogateescape"), "surrogateescape"
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogatepass"), "surrogatepass"


def fold(path: str) -> str:
    """Return what two names have in common where a file system takes them for one: letter case and Unicode form (NFC, NFD) are gone.

    Decomposed, so that a name which was cut between a letter and its accent still is the beginning of the whole one.
    """
    return path.lower() if path.isascii() else unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def is_below(path: str, folder: str) -> bool:
    """Return True where `path` is the folder itself or lies in it; both absolute and normal, letter case as it is written."""
    return path == folder or path.startswith(os.path.join(folder, ""))


def numbered(name: str, mark: str = "_{}") -> Iterator[str]:
    """Yield the name, and then with 2, 3 and so on behind its stem (as `mark` writes them), each short enough for any file system."""
    stem, ending = split_name(name)
    yield shorten(stem, ending)
    yield from (shorten(stem, mark.format(number) + ending) for number in itertools.count(2))


def free_path(path: str, is_taken: Callable[[str], bool]) -> str:
    """Return the path, or the first numbered one beside it that is not taken; its folder may be divided by "/" or by the system's mark."""
    at = max(path.rfind("/"), path.rfind(os.sep)) + 1
    return next(free for name in numbered(path[at:]) if not is_taken(free := path[:at] + name))
