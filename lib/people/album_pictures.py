"""Learn of every picture of an album what naming needs: checksum, date, faces, and the names that it and its sidecars carry already."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from lib.album import facts
from lib.album.decision import PictureFacts
from lib.album.facts import Clock
from lib.analysis.features import METADATA, analyse
from lib.analysis.index import Index
from lib.files.scanning import scan
from lib.model import Failure, FileKind, FileSet, MediaFile, Metadata
from lib.people import faces
from lib.people.model import FoundFaces, NamedRegion, Picture
from lib.people.written_names import IN_PICTURE, IN_SIDECAR, turned

Progress = Callable[..., AbstractContextManager[Callable[[int, int], None]]]


@dataclass(slots=True)
class AlbumPictures:
    """The pictures in the order of their names, and what could not be read."""

    pictures: list[Picture] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """What was found out of files, by file, before it is put together."""

    tags: dict[MediaFile, Metadata] = field(default_factory=dict)
    written: dict[MediaFile, tuple[NamedRegion, ...]] = field(default_factory=dict)
    faces: dict[MediaFile, FoundFaces] = field(default_factory=dict)


def collect(
    album: str, index: Index, clock: Clock, *, workers: int, videos: bool, keep_out: Sequence[str], progress: Progress
) -> AlbumPictures:
    """Every set of files in the album as the one picture that it is; a set is looked at by its main file."""
    result = AlbumPictures()
    found = list(scan([album], keep_out=keep_out))
    result.failures += [one for one in found if isinstance(one, Failure)]
    files = [file for file in found if isinstance(file, MediaFile)]
    with progress("1/3 Reading", len(files), sum(file.size for file in files)) as advance:
        collected = facts.collect_facts(files, index, clock, workers=workers, advance=advance)
    result.failures += [Failure(d.file.path, d.error) for d in collected.settled if d.error and d.file.size]
    mains = {one.main.file: one.main for one in collected.sets if videos or one.main.file.kind is not FileKind.VIDEO}
    known = _Known()
    _read_names(list(mains), collected.groups, index, workers, known)
    with progress("2/3 Looking for faces", len(mains), sum(file.size for file in mains)) as advance:
        for file, answer in faces.find(mains, index, workers=workers, advance=advance):
            if isinstance(answer, Failure):
                result.failures.append(answer)
            else:
                known.faces[file] = answer
    result.pictures = [_picture(one, album, collected.groups.get(file.path), known) for file, one in mains.items()]
    result.pictures.sort(key=lambda picture: picture.name)
    return result


def _read_names(files: Sequence[MediaFile], groups: dict[str, FileSet], index: Index, workers: int, known: _Known) -> None:
    sidecars = [sidecar for file in files for sidecar in _sidecars(file, groups.get(file.path))]
    for file, (tags, names) in analyse(files, (METADATA, IN_PICTURE), index, workers=workers):
        if isinstance(tags, Metadata):
            known.tags[file] = tags
        if not isinstance(names, Failure):
            known.written[file] = names
    for file, (names,) in analyse(sidecars, (IN_SIDECAR,), index, workers=workers):
        if not isinstance(names, Failure):
            known.written[file] = names


def _sidecars(file: MediaFile, group: FileSet | None) -> list[MediaFile]:
    """The XMP of the main file itself, and whatever JSON tells of the shot."""
    companions = group.companions if group else ()
    return [one.file for one in companions if _is_json(one.file) or (one.beside == file and _is_xmp(one.file))]


def _is_json(file: MediaFile) -> bool:
    return file.name.lower().endswith(".json")


def _is_xmp(file: MediaFile) -> bool:
    return file.name.lower().endswith(".xmp")


def _picture(one: PictureFacts, album: str, group: FileSet | None, known: _Known) -> Picture:
    file = one.file
    beside = _sidecars(file, group)
    orientation = known.tags[file].orientation if file in known.tags else 1
    xmp = [sidecar for sidecar in beside if _is_xmp(sidecar)]
    # A sidecar is newer than what is in the file: its regions stand in front.
    written = [region for source in (*xmp, file) for region in known.written.get(source, ())]
    told = [region.name for sidecar in beside if _is_json(sidecar) for region in known.written.get(sidecar, ())]
    return Picture(
        file,
        os.path.relpath(file.path, album).replace(os.sep, "/"),
        one.sha256,
        None if one.captured.is_guess else one.captured.local,
        known.faces.get(file),
        turned(_each_person_once(written), orientation),
        tuple(dict.fromkeys(told)),
        xmp[0] if xmp else None,
        group,
        orientation,
    )


def _each_person_once(regions: Iterable[NamedRegion]) -> list[NamedRegion]:
    """The same name at the same place, or without a place, is told in a picture and in its sidecar as well."""
    kept: list[NamedRegion] = []
    for region in regions:
        twins = [one for one in kept if one.name == region.name]
        if region.box is None and twins:
            continue
        if not any(one.box and region.box and one.box.overlap(region.box) > 0.5 for one in twins):
            kept.append(region)
    return kept
