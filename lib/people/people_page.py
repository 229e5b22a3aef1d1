"""The page on which a person gives names to faces: each face with its small picture, which the index keeps."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lib.analysis.index import Index
from lib.files.own_files import replacing_path
from lib.model import Failure, FileKind
from lib.people import decisions, faces
from lib.people.model import NamedFace, PicturePeople, Status
from lib.reporting import command_line, review_page
from lib.reporting.previews import LARGE, PreviewRequest, make_previews, needs_large
from lib.reporting.review_page import PageFace, PagePicture


def write(target: Path, pictures: Sequence[PicturePeople], index: Index, *, workers: int, command: str) -> None:
    """Make the small pictures beside `target`, then the page. Raises OSError."""
    folder = review_page.previews_folder(target)
    shown = [one for one in pictures if any(face.face for face in one.faces)]
    _write_crops(shown, folder, index, workers)
    large = _large(shown, folder, workers)
    review_page.write_people(target, _pictures(shown, large), columns=decisions.COLUMNS, command=command)


def _write_crops(pictures: Sequence[PicturePeople], folder: Path, index: Index, workers: int) -> None:
    """A small JPEG for each face; those that an earlier run made are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {entry.name for entry in os.scandir(folder)}
    missing = {one.picture.file: one for one in pictures if any(name not in there for name in _crop_names(one))}
    with command_line.progress("3/3 Making the page", len(missing)) as advance:
        for file, crops in faces.crops(missing, index, workers=workers):
            for name, crop in zip(_crop_names(missing[file]), () if isinstance(crops, Failure) else crops):
                if name not in there:
                    with replacing_path(folder / name, durable=False) as target:
                        target.write(crop)
                    there.add(name)
            advance(1, 0)


def _crop_names(one: PicturePeople) -> list[str]:
    """The names of the small pictures of its faces, in their order: by content and box, so that a copy shares them."""
    return [_crop_name(one, face) for face in one.faces if face.face]


def _crop_name(one: PicturePeople, face: NamedFace) -> str:
    moment = face.face.moment if face.face else None
    key = f"{one.picture.sha256} {face.box} {moment}"
    return f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.jpg"


def _large(pictures: Sequence[PicturePeople], folder: Path, workers: int) -> Mapping[str, str]:
    """A larger preview, by path, of each photo that browsers do not open."""
    wanted = [PreviewRequest(one.picture.file.path, one.picture.sha256, LARGE) for one in pictures if needs_large(one.picture.file.path)]
    made: dict[str, str] = {}
    with command_line.progress("Making previews", len(wanted)) as advance:
        for request, answer in make_previews(wanted, folder, workers=workers):
            if isinstance(answer, str):
                made[request.path] = answer
            advance(1, 0)
    return made


def _pictures(pictures: Sequence[PicturePeople], large: Mapping[str, str]) -> Iterator[PagePicture]:
    for one in pictures:
        picture = one.picture
        yield PagePicture(
            picture.file.path,
            picture.name,
            picture.sha256,
            tuple(_face(one, face) for face in one.faces if face.face),
            tuple(face.name for face in one.faces if face.face is None and face.status is Status.CONFIRMED),
            large.get(picture.file.path),
            picture.file.kind is FileKind.VIDEO,
        )


def _face(one: PicturePeople, face: NamedFace) -> PageFace:
    return PageFace(
        face.box or (0.0, 0.0, 1.0, 1.0),
        _crop_name(one, face),
        face.name,
        face.status.value,
        face.similarity,
        tuple(sorted(face.refused)),
        face.stranger,
        face.group,
        face.part,
    )
