"""Make sure that sources with the same bytes have them now: one goes in, and the others are said to be the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from lib.album.decision import SetFacts
from lib.album.survey import Progress, bar
from lib.analysis.features import SHA256, read_anew, recall
from lib.analysis.index import Index
from lib.model import MediaFile


def remembered_files(files: Iterable[MediaFile], index: Index) -> set[MediaFile]:
    """Those of `files` whose checksum will come from the index, and not from reading them."""
    return {file for file, sha256 in recall(files, SHA256, index) if isinstance(sha256, str)} if index.is_open else set()


def stale_twins(
    sets: Sequence[SetFacts], remembered: Collection[MediaFile], index: Index, *, workers: int, progress: Progress
) -> list[MediaFile]:
    """Those of the `remembered` files that have other bytes by now, though they look as they did; looked at is what has a twin.

    What is said of a file without a twin rests on no other file of the run.
    """
    pictures = [one for files in sets for one in (files.main, *files.companions)]
    counts = Counter(one.sha256 for one in pictures)
    doubted = {one.file: one.sha256 for one in pictures if counts[one.sha256] > 1 and one.file in remembered}
    if not doubted:
        return []
    with bar(progress, "2/4 Comparing bytes", list(doubted)) as advance:
        found = read_anew(list(doubted), SHA256, index, workers, advance)
        return [file for file, (sha256,) in found if sha256 != doubted[file]]
