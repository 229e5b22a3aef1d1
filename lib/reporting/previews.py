"""Make the small pictures that the review page shows: upright, light, and each content once."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lib.analysis import process_pool
from lib.analysis.appearance import small
from lib.files.own_files import replacing_path
from lib.model import Failure, FileKind, Unreadable

SMALL = 320
LARGE = 1600
_QUALITY = 82
_SECONDS = 60.0
_SHOWN_BY_BROWSERS = frozenset({"jpg", "jpeg", "jpe", "png", "webp", "avif", "gif", "bmp"})


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """A picture that a preview is wanted of. `key` tells its content: its checksum, or path, size and time where that is not known.

    `longest` is the longer side of the preview in pixels.
    """

    path: str
    key: str
    longest: int = SMALL

    @property
    def preview(self) -> str:
        """The name of the preview in the page's folder."""
        return preview_name(self.key, self.longest)


def preview_name(key: str, longest: int = SMALL) -> str:
    """Return a plain file name for the preview of the content that `key` tells; equal keys share one."""
    return f"{hashlib.sha256(os.fsencode(key)).hexdigest()[:24]}-{longest}.jpg"


def needs_large(path: str) -> bool:
    """Return True for a still that browsers do not open (HEIC, TIFF, raw), so that only a larger preview can show its detail."""
    kind = FileKind.of(path)
    return kind is FileKind.RAW or (kind is FileKind.PHOTO and os.path.splitext(path)[1][1:].lower() not in _SHOWN_BY_BROWSERS)


def make_previews(requests: Iterable[PreviewRequest], folder: Path, *, workers: int) -> Iterator[tuple[PreviewRequest, str | Failure]]:
    """Yield each request with the name of its preview in `folder`, as soon as it is there, or with why there is none. Not in order.

    What was made by an earlier run is taken as it is; what several requests share is made once, of the first one that can be read.
    Raises OSError where the folder cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shared: dict[str, list[PreviewRequest]] = {}
    for request in requests:
        if os.path.exists(folder / request.preview):
            yield request, request.preview
        else:
            shared.setdefault(request.preview, []).append(request)
    while shared:
        # a copy that cannot be read leaves the turn to the next one
        turn = [waiting[0] for waiting in shared.values()]
        for request, answer in _ask(turn, folder, workers):
            waiting = shared[request.preview]
            if isinstance(answer, Failure) and len(waiting) > 1:
                yield waiting.pop(0), answer
                continue
            yield from ((one, answer) for one in shared.pop(request.preview))


def make_preview(path: str, target: Path, longest: int = SMALL) -> None:
    """Write an upright JPEG of the photo or video at `path` to `target`, whole or not at all. Raises Unreadable.

    No tag of the photo goes with it: neither the place nor the camera.
    """
    image = small(path, longest)
    try:
        with replacing_path(target, durable=False) as file:
            image.save(file, "JPEG", quality=_QUALITY)
    except OSError as error:
        raise Unreadable(f"its preview could not be written: {error.strerror or error}") from error


def _ask(requests: Iterable[PreviewRequest], folder: Path, processes: int) -> Iterator[tuple[PreviewRequest, str | Failure]]:
    make = functools.partial(_make, folder)
    yield from process_pool.run_in_pool(make, requests, workers=processes, batch=32, limit=_SECONDS, name=lambda request: request.path)


def _make(folder: Path, request: PreviewRequest) -> str:
    make_preview(request.path, folder / request.preview, request.longest)
    return request.preview
