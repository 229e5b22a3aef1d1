"""Look at an album as it is before a run: its names, and the checksums of those files that may hold the same bytes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from lib.album.album_reader import AlbumReader
from lib.album.album_state import AlbumState, contested
from lib.album.decision import SetFacts
from lib.album.facts import Clock, collect_album_facts
from lib.album.naming import Layout
from lib.analysis.index import Index
from lib.files.names import fold
from lib.files.scanning import scan
from lib.model import Failure, MediaFile
from lib.transfer import manifest

Progress = Callable[[str, int, int], AbstractContextManager[Callable[[int, int], None]]]
"""Shows a bar with a caption, for so many files and bytes."""

_CHANGED = (
    "its bytes are not those that SHA256SUMS has of it, so it wins against nothing: damaged, or edited since it came in "
    "(import.py --verify --adopt takes an edited one in as it is)"
)
_CHANGED_SOURCE = (
    "its bytes are not those that SHA256SUMS has of it: damaged, or edited since it came in; SHA256SUMS goes on to tell what it should be "
    "(import.py --repair looks for a good copy, --verify --adopt takes an edited one in as it is)"
)


def survey(
    root: str,
    sets: Sequence[SetFacts],
    layout: Layout,
    index: Index,
    clock: Clock,
    *,
    quarantine: str,
    reread: bool,
    workers: int,
    progress: Progress,
) -> tuple[AlbumState, list[Failure]]:
    """The album at `root` with all that deciding on `sets` needs, and the files in it that a person has to know of: those that could not
    be read, and those that have other bytes than SHA256SUMS says.

    Only files that have the size of a source are read for their checksum, and only those whose name is wanted for their tags. With
    `reread`, what a decision rests on is read in this run, whatever is remembered of it. What the `quarantine` folder holds does not
    count as being in the album.
    """
    names, files, failures = _listing(root)
    for folder in {layout.folder_of(one.main) for one in sets}:
        names = {**{fold(name): name for name in _all_names(root, folder)}, **names}
    own = {one.file.path for files in sets for one in (files.main, *files.companions)}
    arriving = {one.sha256: one.file.size for files in sets for one in (files.main, *files.companions)}
    reader = AlbumReader(files, manifest.read(root) if os.path.isdir(root) else {}, index, clock.now, workers)
    failures += _changed_sources(reader, sets)
    for name in [name for name, file in files.items() if file.path in own or name.startswith(f"{quarantine}/")]:
        del files[name]
    _read_equals(reader, arriving, reread, progress)
    album = AlbumState(root, names, reader.sums)
    wanted = contested(sets, album, layout) & files.keys()
    _read(reader, wanted - reader.fresh if reread else wanted - reader.sums.keys(), progress)
    album.changed = reader.changed()
    album.repairs = reader.repairable(album.changed, arriving)
    rotten = {name for names in album.repairs.values() for name in names}
    facts = ((name, files[name]) for name in sorted(wanted | rotten))
    album.studied = collect_album_facts(facts, index, clock, workers=workers)
    album.sums = {**reader.sums, **{name: studied.sha256 for name, studied in album.studied.items()}}
    album.unread = reader.unread(arriving.keys())
    # One file that arrives repairs one of several that should have its bytes.
    repaired = {names[0] for names in album.repairs.values()}
    changed = (Failure(files[name].path, _CHANGED) for name in sorted(set(album.changed) - repaired))
    return album, [*failures, *reader.failures, *changed]


def _changed_sources(reader: AlbumReader, sets: Sequence[SetFacts]) -> Iterator[Failure]:
    """Yield the album's own files that are sources of this run, as when it is put into another order, and changed."""
    sums = {one.file.path: one.sha256 for files in sets for one in (files.main, *files.companions)}
    for name, file in sorted(reader.files.items()):
        if file.path in sums and reader.promised(name) not in ("", sums[file.path]):
            yield Failure(file.path, _CHANGED_SOURCE)


def _read_equals(reader: AlbumReader, arriving: Mapping[str, int], reread: bool, progress: Progress) -> None:
    """Learn the checksums of the files that may hold the bytes of one that arrives, or should."""
    sizes = set(arriving.values())
    candidates = {name for name, file in reader.files.items() if file.size in sizes or reader.promised(name) in arriving}
    reader.recall(candidates)
    unknown = candidates - reader.sums.keys()
    doubted = {name for name, sha256 in reader.sums.items() if sha256 in arriving or reader.promised(name) in arriving}
    _read(reader, unknown | doubted if reread else unknown, progress)


def _read(reader: AlbumReader, names: Collection[str], progress: Progress) -> None:
    with bar(progress, "3/4 Comparing bytes", [reader.files[name] for name in names]) as advance:
        reader.read(names, advance)


def _listing(root: str) -> tuple[dict[str, str], dict[str, MediaFile], list[Failure]]:
    """The album's names by their folded form, its files by name, and the folders that could not be read."""
    names: dict[str, str] = {}
    files: dict[str, MediaFile] = {}
    failures: list[Failure] = []
    for file in scan([root], own_folders=True) if os.path.isdir(root) else ():
        if isinstance(file, Failure):
            failures.append(file)
        else:
            name = os.path.relpath(file.path, root).replace(os.sep, "/")
            names[fold(name)] = name
            files[name] = file
    return names, files, failures


def _all_names(root: str, folder: str) -> Iterator[str]:
    """Every name in a folder of the album, also of links, folders and the like, which no file may get."""
    try:
        with os.scandir(os.path.join(root, *folder.split("/"))) as entries:
            yield from (f"{folder}/{entry.name}" for entry in entries)
    except OSError:
        # No such folder yet; or one that cannot be read, which the walk has told.
        return


def bar(progress: Progress, caption: str, files: Sequence[MediaFile]) -> AbstractContextManager[Callable[[int, int], None]]:
    """The bar for so many files, and none where there are none."""
    if not files:
        return contextlib.nullcontext(lambda more_files, more_bytes: None)
    return progress(caption, len(files), sum(file.size for file in files))
