"""What the index keeps of faces: found once for each photo or video, in processes of their own that never import PyAV.

macOS warns of two copies of one library when OpenCV and PyAV meet in a process. So videos are decoded in one pool, and their frames are
searched in another.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from lib.analysis import decoding, process_pool
from lib.analysis.features import Advance, Feature, analyse
from lib.analysis.index import Index
from lib.model import Failure, FileKind, MediaFile
from lib.people.model import Box, Face, FoundFaces

if TYPE_CHECKING:
    from PIL import Image

Sent = TypeVar("Sent")
Answer = TypeVar("Answer")

FRAME_SECONDS = 2.0
MOST_FRAMES = 30
_HEAD = struct.Struct("<IIH")
_FACE = struct.Struct("<7d")
_NUMBERS = 128
_VIDEOS_AT_ONCE = 8
_SECONDS_FOR_VIDEO = 300.0

Crops = tuple[bytes, ...]
"""A small JPEG for each face, in the order of the faces."""


@functools.lru_cache(maxsize=1)
def _search(path: str) -> tuple[FoundFaces, Crops]:
    """Faces and their small pictures come out of one look; they are asked for one after the other."""
    from lib.people import detection

    image, (width, height) = decoding.photo_preview(path, detection.LONGEST)
    found = detection.find_faces(decoding.fitted(image, detection.LONGEST))
    return FoundFaces(width, height, tuple(face for face, _ in found)), tuple(crop for _, crop in found)


def _faces_of(path: str) -> FoundFaces:
    return _search(path)[0]


def _crops_of(path: str) -> Crops:
    return _search(path)[1]


def _search_frames(frames: Sequence[tuple[float, bytes]]) -> tuple[FoundFaces, Crops]:
    """The faces of a video's frames, which come as JPEG."""
    from PIL import Image

    from lib.people import detection

    found: list[tuple[Face, bytes]] = []
    width = height = 0
    for moment, data in frames:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            found += detection.find_faces(image.convert("RGB"), moment)
    return FoundFaces(width, height, tuple(face for face, _ in found)), tuple(crop for _, crop in found)


def _frames_of(path: str) -> list[tuple[float, bytes]]:
    """A few frames of a video as JPEG, small enough to be sent from process to process."""
    return [(moment, _jpeg(image)) for moment, image in decoding.frames_by_time(path, FRAME_SECONDS, MOST_FRAMES, 1200)]


def _jpeg(image: Image.Image) -> bytes:
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=92)
    return kept.getvalue()


def to_bytes(found: FoundFaces) -> bytes:
    """As the index keeps them; half precision changes a cosine by less than 0.001."""
    import numpy as np

    parts = [_HEAD.pack(found.width, found.height, len(found.faces))]
    for face in found.faces:
        moment = -1.0 if face.moment is None else face.moment
        parts += [_FACE.pack(*face.box, face.pixels, face.score, moment), face.embedding.astype(np.float16).tobytes()]
    return b"".join(parts)


def from_bytes(data: bytes) -> FoundFaces:
    """What `to_bytes` was given. Raises struct.error or ValueError for anything else."""
    import numpy as np

    width, height, count = _HEAD.unpack_from(data)
    faces, at = [], _HEAD.size
    for _ in range(count):
        *box, pixels, score, moment = _FACE.unpack_from(data, at)
        at += _FACE.size
        numbers = np.frombuffer(data, np.float16, _NUMBERS, at).astype(np.float32)
        at += 2 * _NUMBERS
        faces.append(Face(Box(*box), pixels, score, numbers / max(float(np.linalg.norm(numbers)), 1e-9), None if moment < 0 else moment))
    return FoundFaces(width, height, tuple(faces))


def _crops_to_bytes(crops: Crops) -> bytes:
    return b"".join(struct.pack("<I", len(crop)) + crop for crop in crops)


def _crops_from_bytes(data: bytes) -> Crops:
    crops, at = [], 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at)
        crops.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return tuple(crops)


FACES = Feature("faces", 1, _faces_of, to_bytes, from_bytes)
CROPS = Feature("face_crops", 1, _crops_of, _crops_to_bytes, _crops_from_bytes)
COLUMNS = ("faces", "face_crops")
"""What the index's columns are called that hold what was learnt from faces, whatever their version."""


def find(
    files: Iterable[MediaFile], index: Index, *, workers: int, advance: Advance | None = None
) -> Iterator[tuple[MediaFile, FoundFaces | Failure]]:
    """Each photo or video with its faces, as they become known; the index answers for those that it knows."""
    files = list(files)
    photos = [file for file in files if file.kind is not FileKind.VIDEO]
    for file, (found, _) in analyse(photos, (FACES, CROPS), index, workers=workers, advance=advance):
        yield file, found
    for file, answer in _of_videos([file for file in files if file.kind is FileKind.VIDEO], index, workers):
        if advance:
            advance(1, file.size)
        yield file, answer if isinstance(answer, Failure) else answer[0]


def crops(files: Iterable[MediaFile], index: Index, *, workers: int) -> Iterator[tuple[MediaFile, Crops | Failure]]:
    """Each photo or video with the small pictures of its faces."""
    files = list(files)
    photos = [file for file in files if file.kind is not FileKind.VIDEO]
    for file, (answer,) in analyse(photos, (CROPS,), index, workers=workers):
        yield file, answer
    for file, seen in _of_videos([file for file in files if file.kind is FileKind.VIDEO], index, workers):
        yield file, seen if isinstance(seen, Failure) else seen[1]


def _of_videos(videos: Sequence[MediaFile], index: Index, workers: int) -> Iterator[tuple[MediaFile, tuple[FoundFaces, Crops] | Failure]]:
    columns = (FACES.name, CROPS.name)
    missing = []
    for video in videos:
        ((faces, crops),) = index.recall(video.folder, [video], columns)
        if isinstance(faces, bytes) and isinstance(crops, bytes):
            yield video, (from_bytes(faces), _crops_from_bytes(crops))
        else:
            missing.append(video)
    # A pool at a time: were both alive at once, a worker of one would hold the pipes of the other open.
    for start in range(0, len(missing), _VIDEOS_AT_ONCE):
        some = missing[start : start + _VIDEOS_AT_ONCE]
        decoded = list(_in_pool(_frames_of, some, [video.path for video in some], workers))
        yield from ((video, answer) for video, answer in decoded if isinstance(answer, Failure))
        ready = [(video, frames) for video, frames in decoded if not isinstance(frames, Failure)]
        for video, seen in _in_pool(_search_frames, [video for video, _ in ready], [frames for _, frames in ready], workers):
            if not isinstance(seen, Failure):
                index.remember(video, {FACES.name: to_bytes(seen[0]), CROPS.name: _crops_to_bytes(seen[1])})
            yield video, seen


def _in_pool(
    function: Callable[[Sent], Answer], videos: Sequence[MediaFile], sent: Sequence[Sent], workers: int
) -> Iterator[tuple[MediaFile, Answer | Failure]]:
    what = dict(zip(videos, sent))
    yield from process_pool.run_in_pool(
        function, videos, workers=workers, batch=1, limit=_SECONDS_FOR_VIDEO, name=lambda video: video.path, send=what.__getitem__
    )
