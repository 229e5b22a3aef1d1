"""Who meets whom: the album as it is before a run, and the pictures that want one name in it. Pure."""

from __future__ import annotations

import itertools
import os.path
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lib.album.decision import PictureFacts, SetFacts
from lib.album.naming import Layout
from lib.files.names import fold, split_name
from lib.model import FileKind, MediaFile


@dataclass(slots=True)
class AlbumState:
    """What the album holds before the run: names relative to it, divided by "/".

    `names` maps each folded name to the real one; `sums` tells the SHA-256 of those that were read; `studied` are files that
    may have to give way. Files in the album that are sources of this run are in `names` alone.

    `changed` are files with other bytes than SHA256SUMS says; of those that went bad, `repairs` has the names by the SHA-256 that they
    should have. `unread` says of files that were not read in this run since when not.
    """

    root: str
    names: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    studied: Mapping[str, PictureFacts] = field(default_factory=dict)
    changed: Collection[str] = ()
    repairs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    def by_content(self) -> dict[str, str]:
        """The name under which the album has a picture with a SHA-256, the first one where it has several."""
        return {sha256: name for name, sha256 in sorted(self.sums.items(), reverse=True) if not is_sidecar(name)}


def contested(sets: Iterable[SetFacts], album: AlbumState, layout: Layout) -> set[str]:
    """The album's names that pictures of this run would find taken: the files there have to be studied before `plan`.

    Pictures whose bytes the album holds want no name any more.
    """
    present = album.by_content()
    first = {_family(files.main, layout): files.main for files in sets if files.main.sha256 not in present}
    found = {name for main in first.values() for name in _taken(main, album, layout)}
    stems = {stem_key(name) for name in found}
    return found | {name for name in album.names.values() if stems and is_sidecar(name) and stem_key(name) in stems}


def _family(studied: PictureFacts, layout: Layout) -> str:
    """What those pictures have in common that want one name."""
    return fold(f"{layout.folder_of(studied)}/{layout.name_of(studied, 1)}")


def _taken(studied: PictureFacts, album: AlbumState, layout: Layout) -> Iterator[str]:
    """The album's names that a picture finds taken on its way to a free one."""
    folder = layout.folder_of(studied)
    for number in itertools.count(1):
        name = album.names.get(fold(f"{folder}/{layout.name_of(studied, number)}"))
        if name is None:
            return
        yield name


def twins(sets: Sequence[SetFacts], album: AlbumState, layout: Layout) -> list[list[PictureFacts]]:
    """Groups of pictures that want one name and have one capture date: only those have to be looked at to tell versions apart."""
    groups: dict[tuple[str, datetime], list[PictureFacts]] = {}
    present = album.by_content()
    for files in sets:
        if files.main.sha256 in present:
            continue
        key = _family(files.main, layout)
        moment = second(files.main)
        if (key, moment) not in groups:
            taken = (album.studied[name] for name in _taken(files.main, album, layout) if name in album.studied)
            groups[key, moment] = [rival for rival in taken if second(rival) == moment]
        groups[key, moment].append(files.main)
    return [group for group in groups.values() if len({one.sha256 for one in group}) > 1]


def inside(album: AlbumState, file: MediaFile) -> str:
    """The file's name relative to the album; empty where it lies elsewhere."""
    prefix = os.path.join(album.root, "")
    return file.path.removeprefix(prefix).replace(os.sep, "/") if file.path.startswith(prefix) else ""


def second(studied: PictureFacts) -> datetime:
    """The capture date without the part after the second, which a recompressed version may lack."""
    return studied.captured.local.replace(microsecond=0)


def stem_key(name: str) -> str:
    """Folder and name up to the first dot of the ending, folded: what a picture and its sidecars have in common."""
    folder, _, last = name.rpartition("/")
    stem = split_name(last)[0]
    if is_sidecar(last) and FileKind.of(stem).is_picture:
        stem = split_name(stem)[0]
    return fold(f"{folder}/{stem}")


def is_sidecar(name: str) -> bool:
    """True where the ending is a sidecar's."""
    return FileKind.of(name).needs_picture
