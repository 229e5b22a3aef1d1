"""Look at an album as it is before a run: its names, and the checksums of those files that may hold the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from lib.analysis import APPEARANCE, SHA256, analyse
from lib.appearance import likeness
from lib.decision import Studied, StudiedSet
from lib.encounters import Album, contested, twins
from lib.index import Index
from lib.model import Appearance, Failure, FileKind, MediaFile
from lib.naming import Layout, folded
from lib.scanning import scan
from lib.study import Clock, study_album_files

_SAME_ASPECT = 0.02
_SAME_LAYOUT = 0.985
_SAME_HASH = 8


def survey(
    root: str,
    sets: Sequence[StudiedSet],
    layout: Layout,
    index: Index,
    clock: Clock,
    *,
    quarantine: str,
    workers: int,
    advance: Callable[[int, int], None],
) -> tuple[Album, list[Failure]]:
    """The album at `root` with all that deciding on `sets` needs, and the files in it that could not be read.

    Only files that have the size of a source are read for their checksum, and only those whose name is wanted for their tags. What the
    `quarantine` folder holds does not count as being in the album.
    """
    own = {one.file.path for files in sets for one in (files.main, *files.companions)}
    sizes = {one.file.size for files in sets for one in (files.main, *files.companions)}
    names: dict[str, str] = {}
    files: dict[str, MediaFile] = {}
    failures: list[Failure] = []
    for file in scan([root], own_folders=True) if os.path.isdir(root) else ():
        if isinstance(file, Failure):
            failures.append(file)
            continue
        name = os.path.relpath(file.path, root).replace(os.sep, "/")
        names[folded(name)] = name
        if file.path not in own and not name.startswith(f"{quarantine}/"):
            files[name] = file
    by_file = {file: name for name, file in files.items() if file.size in sizes}
    sums = {}
    for file, (sha256,) in analyse(list(by_file), (SHA256,), index, workers=workers, advance=advance):
        if isinstance(sha256, Failure):
            failures.append(sha256)
        else:
            sums[by_file[file]] = sha256
    album = Album(root, names, sums)
    wanted = ((name, files[name]) for name in sorted(contested(sets, album, layout)) if name in files)
    album.studied = study_album_files(wanted, index, clock, workers=workers)
    album.sums = {**sums, **{name: studied.sha256 for name, studied in album.studied.items()}}
    return album, failures


def comparer(
    sets: Sequence[StudiedSet], album: Album, layout: Layout, index: Index, *, workers: int, advance: Callable[[int, int], None]
) -> Callable[[Studied, Studied], bool]:
    """A function that tells whether two photos are one picture in different quality, all photos that it may be asked for looked at."""
    photos = {one.file.path: one.file for one in twins(sets, album, layout) if one.file.kind is not FileKind.VIDEO}
    looks: dict[str, Appearance] = {}
    for file, (look,) in analyse(list(photos.values()), (APPEARANCE,), index, workers=workers, advance=advance):
        if isinstance(look, Appearance):
            looks[file.path] = look

    def same_picture(one: Studied, other: Studied) -> bool:
        first, second = looks.get(one.file.path), looks.get(other.file.path)
        return first is not None and second is not None and is_one_picture(first, second)

    return same_picture


def is_one_picture(one: Appearance, other: Appearance) -> bool:
    """True for a picture and a scaled or recompressed version of it; in doubt, and for pictures with nothing in them, False."""
    return (
        abs(one.aspect / other.aspect - 1) < _SAME_ASPECT
        and (one.phash ^ other.phash).bit_count() <= _SAME_HASH
        and likeness(one, other) >= _SAME_LAYOUT
    )
