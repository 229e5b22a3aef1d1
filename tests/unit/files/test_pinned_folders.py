"""A drive that goes away leaves an empty folder under the same path: it is not taken for the drive."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from lib.analysis.index import Index
from lib.files.pinned_folders import DriveGone, PinnedFolders
from lib.transfer.locked_folder import lock_folder
from lib.transfer.operation import Outcome, Result
from tests.disks import mounted
from tests.moves import NOW, carry_out, files, move, write


def test_a_folder_that_is_the_one_that_it_was_is_opened(tmp_path: Path) -> None:
    pinned = PinnedFolders()
    pinned.pin(str(tmp_path))
    with pinned.open(str(tmp_path)) as folder:
        assert folder.path == str(tmp_path)


@pytest.mark.parametrize("instead", [True, False])
def test_another_folder_in_its_place_or_none_is_told(tmp_path: Path, instead: bool) -> None:
    (tmp_path / "drive").mkdir()
    pinned = PinnedFolders()
    pinned.pin(str(tmp_path / "drive"))
    (tmp_path / "drive").rename(tmp_path / "away")
    if instead:
        (tmp_path / "drive").mkdir()
    with pytest.raises(DriveGone, match="went away"):
        pinned.open(str(tmp_path / "drive"))


def test_what_was_not_there_is_not_pinned(tmp_path: Path) -> None:
    pinned = PinnedFolders()
    pinned.pin(str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    pinned.open(str(tmp_path / "new")).close()


@pytest.mark.drives
def test_a_drive_that_goes_away_in_the_middle_gets_nothing_more_and_its_mount_point_nothing_at_all(tmp_path: Path) -> None:
    photos = [write(tmp_path / f"source/{number:03}.jpg", str(number)) for number in range(200)]
    album, stop = tmp_path / "drive", threading.Event()
    album.mkdir()
    outcomes: list[Outcome] = []
    with mounted(tmp_path / "elsewhere", "-t", "tmpfs", "none") as drive, Index(None) as index:
        assert subprocess.run(["mount", "--bind", str(drive), str(album)]).returncode == 0
        with lock_folder(str(album), stop=stop) as locked:
            operations = [move(photo, album, photo.name) for photo in photos]
            with pytest.raises(DriveGone, match=f"the drive with the folder {album} went away"):
                for outcome in locked.perform("import", operations, index, now=NOW, stop=stop, advance=lambda files, count: None):
                    if not outcomes:
                        subprocess.run(["umount", "--lazy", str(album)], check=True)
                    outcomes.append(outcome)
        results = [outcome.result for outcome in outcomes]
        assert set(results) == {Result.DONE, Result.FAILED} and len(results) == 200
        assert all("went away; connect it again" in outcome.reason for outcome in outcomes if outcome.result is Result.FAILED)
        assert os.listdir(album) == []
        assert len(files(tmp_path / "source")) == results.count(Result.FAILED)
        assert len(files(drive)) == results.count(Result.DONE)
        assert subprocess.run(["mount", "--bind", str(drive), str(album)]).returncode == 0
        try:
            carry_out(album, [move(photo, album, photo.name) for photo in photos if photo.exists()])
            assert len(files(album)) == 200 and files(tmp_path / "source") == {}
        finally:
            subprocess.run(["umount", "--lazy", str(album)], check=True)


@pytest.mark.drives
def test_an_undo_whose_drive_goes_away_leaves_the_rest_in_the_album(tmp_path: Path) -> None:
    source, album, stop = tmp_path / "source", tmp_path / "album", threading.Event()
    source.mkdir()
    with mounted(tmp_path / "elsewhere", "-t", "tmpfs", "none") as drive, Index(None) as index:
        assert subprocess.run(["mount", "--bind", str(drive), str(source)]).returncode == 0
        photos = [write(source / f"{number:03}.jpg", str(number)) for number in range(200)]
        carry_out(album, [move(photo, album, photo.name) for photo in photos])

        class Unmounting:
            """Stands in for the progress bar, and takes the drive away when something has gone back."""

            def __enter__(self) -> object:
                return self.advance

            def advance(self, count: int, size: int) -> None:
                if count and os.path.ismount(source):
                    subprocess.run(["umount", "--lazy", str(source)], check=True)

            def __exit__(self, *_: object) -> None:
                pass

        with lock_folder(str(album), stop=stop) as locked:
            undone = locked.undo("", index, now=NOW, stop=stop, progress=lambda files, size: Unmounting())  # type: ignore[arg-type, return-value]
        assert any("went away" in failure.reason for failure in undone.failures)
        assert os.listdir(source) == [] and len(files(drive)) + len(files(album)) == 200 and files(drive) and files(album)
