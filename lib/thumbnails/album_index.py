"""The album as the search sees it: every view's map in memory, the previews in a file that vanishes with the run."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib.analysis import decoding
from lib.model import Unreadable
from lib.thumbnails import album_sketches, candidates
from lib.thumbnails.album_sketches import MAP_SIDE, Sketch
from lib.thumbnails.examination import CandidatePhoto

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

SUSPECTS = 32  # photos that the coarse search hands on for each thumbnail, besides those that are likest as a whole,
_BEHIND = 0.25  # and how far their likeness may lie behind the best
# Of 25 copies by messengers none was more unlike its photo than 2.4, in tone than 6.5; 56 other shots began at 12, 28 edits at 9 in tone
_COMPARED, _COMPARED_AT = 480, 192  # longest side for which two files are opened, and in which they are compared, for being one picture
_UNLIKE = 4.0  # times what an edge that lies a quarter of a pixel off leaves, at most, in any window of one picture in two sizes
_TONES = 7.5  # grey values by which the mean of a window may differ
_ONE_SKETCH, _ONE_SHAPE = 0.98, 0.012  # likeness of sketches under which two files are different pictures; by what part shapes may differ
_DETAIL, _FINER = 1600, 1.02  # longest side in which detail is compared, and how many times more counts as more
_SHAPES, _RARE = 6, 0.01  # how many shapes of photos are taken for common, and the share of the album under which one is not


class AlbumIndex:
    """Views (a photo, or each frame of a video) of album files, about 3 KiB of memory each. Use it in a `with` block."""

    def __init__(self) -> None:
        """An empty one; `add` the files, then search."""
        self.paths: list[str] = []
        self._owners: list[int] = []
        self._views: list[int] = []
        self._places: list[tuple[int, int]] = []
        self._aspects: list[float] = []
        self._maps = bytearray()
        self._first_views: list[int] = []
        self._previews = tempfile.TemporaryFile()  # noqa: SIM115 - closed where the gallery is

    def __enter__(self) -> AlbumIndex:
        return self

    def __exit__(self, *_: object) -> None:
        self._previews.close()

    def add(self, path: str, sketches: Sequence[Sketch]) -> None:
        """One more file, with at least one sketch."""
        self._first_views.append(len(self._owners))
        for number, sketch in enumerate(sketches):
            self._owners.append(len(self.paths))
            self._views.append(number)
            self._places.append((self._previews.seek(0, 2), len(sketch.preview)))
            self._previews.write(sketch.preview)
            self._aspects.append(sketch.aspect)
            self._maps += sketch.map
        self.paths.append(path)

    def search(self, queries: Sequence[candidates.Query], threads: int = 1) -> list[list[candidates.Candidate]]:
        """For each query the likeliest views, best first."""
        import numpy as np

        if not self._owners:
            return [[] for _ in queries]
        return candidates.search(queries, self._all_maps(), np.array(self._aspects, np.float32), SUSPECTS, threads=threads)

    def common_shapes(self) -> list[float]:
        """Width over height of the (at most six) commonest shapes of the album that more than one photo in a hundred has.

        The commonest is first; of those that are one but for a rounding only the commonest is there.
        """
        counted = Counter(round(aspect, 2) for aspect in self._aspects)
        found: list[float] = []
        for shape, count in counted.most_common():
            if count > _RARE * len(self._aspects) and all(abs(shape / other - 1) > _ONE_SHAPE for other in found):
                found.append(shape)
        return found[:_SHAPES]

    def suspects(self, candidates: Sequence[candidates.Candidate]) -> tuple[CandidatePhoto, ...]:
        """What has to be known of these candidates to examine them, best first: of a video the likeliest frames only."""
        found: list[CandidatePhoto] = []
        for candidate in candidates:
            if candidate.likeness < candidates[0].likeness - _BEHIND:
                break
            owner = self._owners[candidate.photo]
            if sum(suspect.photo == owner for suspect in found) < 3:
                number = self._views[candidate.photo]
                found.append(CandidatePhoto(owner, self.paths[owner], number, self._preview(candidate.photo), candidate.boxes))
        return tuple(found)

    def likeness(self, one: int, other: int) -> float:
        """How alike two files are by the maps of their first views, -1 to 1."""
        import numpy as np

        first, second = (self._all_maps()[self._first_views[n]].reshape(-1, 3).astype(np.float32) for n in (one, other))
        first, second = first - first.mean(axis=0), second - second.mean(axis=0)
        scale = float(np.linalg.norm(first) * np.linalg.norm(second))
        return float((first * second).sum()) / scale if scale > 1 else 0.0

    def twins(self, one: int, other: int) -> bool:
        """True where two files show the very same pixels."""
        return self._preview(self._first_views[one]) == self._preview(self._first_views[other])

    def one_picture(self, one: int, other: int) -> bool:
        """True where two photos show one picture in whatever size: nowhere more apart than scaling and compression leave it."""
        import numpy as np
        from PIL import Image

        if self.likeness(one, other) < _ONE_SKETCH:
            return False
        first, second = self._opened(one, _COMPARED), self._opened(other, _COMPARED)
        scale = min(1.0, _COMPARED_AT / max(first.size), _COMPARED_AT / max(second.size))
        size = (round(first.width * scale), round(first.height * scale))
        if abs(first.width * second.height / (first.height * second.width) - 1) > _ONE_SHAPE:
            return False
        ours, theirs = (np.asarray(image.resize(size, Image.Resampling.BOX), np.float32) for image in (first, second))
        slope_y, slope_x = np.gradient(ours.mean(axis=2))
        apart = ours - theirs
        unlike = _windows(np.square(apart.mean(axis=2))) / (4 + 0.05 * _windows(slope_x**2 + slope_y**2))
        tones = max(float(np.abs(_windows(apart[:, :, channel])).max()) for channel in range(3))
        return float(unlike.max()) < _UNLIKE and tones < _TONES

    def finer(self, one: int, other: int) -> bool:
        """True where the first of two files of one picture shows more detail, seen in the size of the larger one."""
        from PIL import Image

        images = [self._opened(number, _DETAIL) for number in (one, other)]
        size = max(image.size for image in images)
        fine = [_fine_energy(image.resize(size, Image.Resampling.BICUBIC)) for image in images]
        return fine[0] > fine[1] * _FINER

    def _opened(self, number: int, longest: int) -> Image.Image:
        from PIL import Image

        try:
            return decoding.fitted(album_sketches.view(self.paths[number], 0, longest), longest)
        except Unreadable:
            return Image.open(io.BytesIO(self._preview(self._first_views[number]))).convert("RGB")

    def _all_maps(self) -> NDArray[np.uint8]:
        import numpy as np

        return np.frombuffer(self._maps, np.uint8).reshape(-1, MAP_SIDE, MAP_SIDE, 3)

    def _preview(self, view: int) -> bytes:
        place, length = self._places[view]
        self._previews.seek(place)
        return self._previews.read(length)


def _fine_energy(image: Image.Image) -> float:
    """How much the luminance varies within two pixels."""
    import numpy as np

    from lib.versions.planes import blurred

    grey = np.asarray(image.convert("L"), np.float32)
    return float(np.square(grey - blurred(grey)).mean())


def _windows(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The means of 12 x 12 windows."""
    import numpy as np
    from PIL import Image

    return np.asarray(Image.fromarray(np.asarray(values, np.float32)).resize((12, 12), Image.Resampling.BOX))
