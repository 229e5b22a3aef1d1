"""Make names for the album: from patterns and a picture's facts, safe on every file system, never outside the album."""

from __future__ import annotations

import re
import string
import sys
from dataclasses import dataclass

from lib.album.decision import PictureFacts
from lib.files.names import RESERVED, fit_for_windows, fold, safe, shorten, split_name
from lib.files.scanning import OWN_PLACES, PASSED_OVER
from lib.model import BadRequest
from lib.transfer import manifest

FIELDS = ("year", "month", "day", "hour", "minute", "second", "camera", "name", "counter")
UNDATED = "undated"
_OWN_NAMES = frozenset(fold(name) for name in (*OWN_PLACES, manifest.NAME))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A checked pattern such as "{year}/{month}" or "{year}-{month}-{day} {name}".

    `parts` are its literal texts, each with the field that follows it and that field's width.
    """

    text: str
    parts: tuple[tuple[str, str, str], ...]

    @property
    def counts(self) -> bool:
        """True where the pattern numbers its names itself."""
        return any(field == "counter" for _, field, _ in self.parts)

    @property
    def names(self) -> bool:
        """True where the original name is part of it."""
        return any(field == "name" for _, field, _ in self.parts)

    def fill(self, studied: PictureFacts, stem: str, counter: int) -> str:
        """The pattern with a picture's facts in it; what comes from tags holds no separator any more."""
        return "".join(literal + _fact(studied, field, layout, stem, counter) for literal, field, layout in self.parts)


def _fact(studied: PictureFacts, field: str, layout: str, stem: str, counter: int) -> str:
    taken = studied.captured.local
    match field:
        case "":
            return ""
        case "name":
            return stem
        case "counter":
            return format(counter, layout)
        case "camera":
            return safe(studied.camera) or "unknown camera"
        case "year":
            return f"{taken.year:04}"
        case _:
            return f"{getattr(taken, field):02}"


def check(text: str, option: str, *, folders: bool) -> Pattern:
    """The pattern, if it can be filled for any picture; raises BadRequest with what is wrong and what there is."""
    text = text.rstrip("/") if folders else text
    allowed = [field for field in FIELDS if not folders or field != "counter"]
    try:
        fields = list(string.Formatter().parse(text))
    except ValueError as error:
        raise BadRequest(f"{option} {text!r}: {error}; write fields like {{year}}.") from error
    for literal, name, layout, conversion in fields:
        if name is not None and name not in allowed:
            known = ", ".join(f"{{{field}}}" for field in allowed)
            raise BadRequest(f"{option} {text!r}: there is no field {{{name}}}; there are {known}.")
        if conversion or (layout and not (name == "counter" and re.fullmatch(r"0?[1-9]", layout))):
            raise BadRequest(f"{option} {text!r}: only {{counter:04}} takes a width.")
        if "\\" in literal or (not folders and "/" in literal):
            raise BadRequest(f"{option} {text!r}: a name holds no separator; --folders divides folders by /.")
        if re.search(r'[<>:"|?*\x00-\x1f]', literal):
            raise BadRequest(f'{option} {text!r}: < > : " | ? * are no good in names; they fail on other computers.')
    parts = text.split("/")
    if not text.strip() or any(not part.strip() or part.strip() in (".", "..") or part.startswith(".") for part in parts):
        raise BadRequest(f"{option} {text!r}: every part needs a name, and none may begin with a dot.")
    if folders and (reserved := next((part for depth, part in enumerate(parts) if _is_reserved(part, depth)), "")):
        raise BadRequest(f"{option} {text!r}: what lies in a folder {reserved} is passed over or means something else; take another name.")
    if not folders and not any(name for _, name, _, _ in fields):
        raise BadRequest(f"{option} {text!r}: all files would get the same name; use a field such as {{name}}.")
    return Pattern(text, tuple((literal, name or "", layout or "") for literal, name, layout, _ in fields))


def _is_reserved(part: str, depth: int) -> bool:
    """True for a folder that no walk enters, and at the album's top for a name that the album needs for itself."""
    return part.lower() in PASSED_OVER or (depth == 0 and fold(part) in _OWN_NAMES)


@dataclass(frozen=True, slots=True)
class Layout:
    """How an album is laid out: the patterns, where undated files go, and whether its file system is one of Windows."""

    folders: Pattern
    names: Pattern
    undated_apart: bool = False
    windows_names: bool = False

    def folder_of(self, studied: PictureFacts) -> str:
        """The folder that a picture goes to, relative to the album, divided by "/"."""
        if self.undated_apart and studied.captured.is_mtime:
            return UNDATED
        stem = safe(split_name(studied.file.name)[0]) if self.folders.names else ""
        filled = self.folders.fill(studied, stem, 0)
        parts = [safe(part) or "_" for part in filled.split("/")]
        return sys.intern("/".join([f"_{part}" if _is_reserved(part, depth) else part for depth, part in enumerate(parts)]))

    def name_of(self, studied: PictureFacts, number: int, spare: int = 0) -> str:
        """The name of a picture; `number` from 1 on tells which of several that want one name it is. `spare`: bytes to stay below."""
        stem, ending = split_name(studied.file.name)
        filled = self.names.fill(studied, stem, number)
        if self.names.text != "{name}":
            filled = re.sub(r"[/\\\x00-\x1f\x7f]", "_", filled).strip(" ").lstrip(".") or "_"
            filled = f"_{filled}" if RESERVED.match(filled) else filled
        if number > 1 and not self.names.counts:
            ending = f"_{number}{ending}"
        name = shorten(filled, ending, spare)
        name = fit_for_windows(name) if self.windows_names else name
        # The same object where it is the same name: a million of them count
        return studied.file.name if name == studied.file.name else name
