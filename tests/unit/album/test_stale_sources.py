"""Sources that look as they did and hold other bytes: found where nothing else would notice."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from lib.album import stale_sources as module
from lib.album.decision import PictureFacts, SetFacts
from lib.album.stale_sources import stale_sources, unreliable_device
from lib.analysis.index import Index
from lib.files.volumes import Volume
from lib.model import CaptureDate, DateSource, MediaFile

DAY = CaptureDate(datetime(2019, 7, 3), DateSource.EXIF_ORIGINAL)


def source(path: Path, content: bytes, remembered: bytes) -> SetFacts:
    """A file with a content, of which another one may be remembered."""
    path.write_bytes(content)
    sha256 = hashlib.sha256(remembered).hexdigest()
    return SetFacts(PictureFacts(MediaFile.of(os.fspath(path.parent), path.name, path.stat()), sha256, f"sha256:{sha256}", DAY))


@contextlib.contextmanager
def progress(caption: str, files: int, size: int) -> Iterator[Callable[[int, int], None]]:
    yield lambda more_files, more_bytes: None


@pytest.mark.parametrize(
    ("on_unreliable_drive", "doubt_twins", "stale"),
    [(True, True, {"changed", "twin"}), (True, False, {"changed", "twin"}), (False, True, {"twin"}), (False, False, set())],
)
def test_what_is_only_renamed_on_a_drive_that_hides_changes_is_read(
    tmp_path: Path, on_unreliable_drive: bool, doubt_twins: bool, stale: set[str]
) -> None:
    sets = [
        source(tmp_path / "sound", b"one", b"one"),
        source(tmp_path / "changed", b"two", b"2 ago"),
        source(tmp_path / "twin", b"three", b"3 ago"),
        source(tmp_path / "other twin", b"3 ago", b"3 ago"),
    ]
    files = {one.main.file for one in sets}
    device = tmp_path.stat().st_dev if on_unreliable_drive else None
    with Index(None) as index:
        found = stale_sources(sets, files, index, device=device, doubt_twins=doubt_twins, workers=1, progress=progress)
        assert {file.name for file in found} == stale
        assert not stale_sources(sets, set(), index, device=device, doubt_twins=doubt_twins, workers=1, progress=progress)


@pytest.mark.parametrize(("style", "stable"), [("vfat", False), ("fuse.sshfs", False), ("ext4", True)])
def test_drives_that_hide_changes_are_told_by_their_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, style: str, stable: bool) -> None:
    monkeypatch.setattr(module, "volume_of", lambda folder, volumes: Volume("key", folder, stable_inodes=stable, style=style))
    assert unreliable_device(os.fspath(tmp_path)) == (None if stable else tmp_path.stat().st_dev)
