"""Make sure that sources have the bytes that are remembered of them, where something rests on it that nobody else would notice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from lib.album.decision import SetFacts
from lib.album.survey import Progress, bar
from lib.analysis.features import SHA256, read_anew, recall
from lib.analysis.index import Index
from lib.files.volumes import mounted, volume_of
from lib.model import MediaFile


def remembered_files(files: Iterable[MediaFile], index: Index) -> set[MediaFile]:
    """Those of `files` whose checksum will come from the index, and not from reading them."""
    return {file for file, sha256 in recall(files, SHA256, index) if isinstance(sha256, str)} if index.is_open else set()


def unreliable_device(folder: str) -> int | None:
    """Return the device of the drive that `folder` is on where a file's status may hide that its bytes changed (FAT, network); else None.

    What is moved within such a drive is only renamed, so nothing else would notice that what is remembered of it holds no more.
    """
    return None if volume_of(folder, mounted()).stable_inodes else os.stat(folder).st_dev


def stale_sources(
    sets: Sequence[SetFacts],
    remembered: Collection[MediaFile],
    index: Index,
    *,
    device: int | None,
    doubt_twins: bool,
    workers: int,
    progress: Progress,
) -> list[MediaFile]:
    """Those of the `remembered` files that have other bytes by now, though they look as they did.

    Looked at is what lies on the unreliable `device`, and with `doubt_twins` what has a twin; what is said of another file rests on
    no other file of the run, and its bytes are read again on the way to the album.
    """
    pictures = [one for files in sets for one in (files.main, *files.companions) if one.file in remembered]
    counts = Counter(one.sha256 for files in sets for one in (files.main, *files.companions)) if doubt_twins else Counter()
    doubted = {one.file: one.sha256 for one in pictures if counts[one.sha256] > 1 or one.file.device == device}
    if not doubted:
        return []
    with bar(progress, "2/4 Comparing bytes", list(doubted)) as advance:
        found = read_anew(list(doubted), SHA256, index, workers, advance)
        return [file for file, (sha256,) in found if sha256 != doubted[file]]
