"""The album as the search sees it: every view's map in memory, the previews in a file that vanishes with the run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib.thumbnails import candidates
from lib.thumbnails.album_sketches import MAP_SIDE, Sketch
from lib.thumbnails.examination import CandidatePhoto

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUSPECTS = 22  # photos that the coarse search hands on for each thumbnail,
_BEHIND = 0.25  # and how far their likeness may lie behind the best


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

    def _all_maps(self) -> NDArray[np.uint8]:
        import numpy as np

        return np.frombuffer(self._maps, np.uint8).reshape(-1, MAP_SIDE, MAP_SIDE, 3)

    def _preview(self, view: int) -> bytes:
        place, length = self._places[view]
        self._previews.seek(place)
        return self._previews.read(length)
