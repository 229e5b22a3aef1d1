"""Each gap at which a run is cut off has its answer: go on where the bytes are sure, keep both where not, alarm where both are gone."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.transfer import journal, manifest
from lib.transfer.journal import Progress
from lib.transfer.locked_folder import lock_folder
from lib.transfer.operation import Operation
from tests.moves import NOW, copy, files, move, remove, write


class CutOff:
    """An album whose last run was cut off after its plan was written down, and before anything was moved."""

    def __init__(self, folder: Path, *operations: Operation, progress: Progress | None = None) -> None:
        self.album, self.source = folder / "album", folder / "source"
        self.album.mkdir(exist_ok=True)
        writing = journal.start(str(self.album), "import", now=NOW)
        writing.plan(operations)
        if progress is not None:
            writing.mark(range(len(operations)), progress, sync=True)
        writing.close()
        self.temporary, self.aside = writing.temporary_name(0), writing.aside_name(0)

    def settle(self) -> list[str]:
        """Start again: what wants a person's eye."""
        with lock_folder(str(self.album), stop=threading.Event()) as locked:
            recovered = locked.recovered
        (run,) = journal.runs(str(self.album))
        assert run.ended == "recovered" and len(recovered) == 1
        self.progress = [progress.value for progress in run.progress]
        assert set(manifest.read(str(self.album))) == {name for name in files(self.album) if name not in ("mine", "newer")}
        with lock_folder(str(self.album), stop=threading.Event()) as locked:
            assert locked.recovered == ()
        return [failure.reason for failure in recovered[0].failures]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write(tmp_path / "source/a.jpg", "photo")


def test_what_was_not_begun_is_left_to_the_next_plan(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "2019/a.jpg"))
    assert run.settle() == [] and run.progress == ["failed"]
    assert files(tmp_path) == {"source/a.jpg": "photo"}


@pytest.mark.parametrize("text", ["ph", "photo"])
def test_a_copy_under_way_is_cleaned_away(tmp_path: Path, photo: Path, text: str) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "2019/a.jpg"))
    write(run.album / "2019" / run.temporary, text)
    assert run.settle() == [] and files(tmp_path) == {"source/a.jpg": "photo"}


def test_a_whole_copy_under_way_is_placed_when_it_is_the_only_one_left(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "2019/a.jpg"))
    write(run.album / "2019" / run.temporary, "photo")
    photo.unlink()
    assert run.settle() == [] and files(tmp_path) == {"album/2019/a.jpg": "photo"}


@pytest.mark.parametrize("progress", [None, Progress.PLACED])
def test_a_placed_copy_whose_source_is_still_there_is_brought_to_its_end(tmp_path: Path, photo: Path, progress: Progress | None) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "2019/a.jpg"), progress=progress)
    write(run.album / "2019/a.jpg", "photo")
    assert run.settle() == [] and run.progress == ["done"]
    assert files(tmp_path) == {"album/2019/a.jpg": "photo"}


def test_a_copy_keeps_its_source(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, copy(photo, tmp_path / "album", "a.jpg"), progress=Progress.PLACED)
    write(run.album / "a.jpg", "photo")
    assert run.settle() == [] and files(tmp_path) == {"source/a.jpg": "photo", "album/a.jpg": "photo"}


def test_a_moved_file_whose_end_was_not_written_down_is_done(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "a.jpg"))
    os.rename(photo, run.album / "a.jpg")
    assert run.settle() == [] and run.progress == ["done"]


def test_other_bytes_under_the_new_name_are_kept_beside_the_source(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "mine"))
    write(run.album / "mine", "something else")
    assert run.settle() == [] and run.progress == ["failed"]
    assert files(tmp_path) == {"source/a.jpg": "photo", "album/mine": "something else"}


@pytest.mark.parametrize("what", ["gone", "other bytes"])
def test_a_file_that_is_in_neither_place_raises_the_alarm(tmp_path: Path, photo: Path, what: str) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "mine"), progress=Progress.PLACED)
    photo.unlink()
    if what == "other bytes":
        write(run.album / "mine", "rotten")
    (reason,) = run.settle()
    assert ("can be found any more" if what == "gone" else "is not what was to be placed there") in reason


def test_a_source_that_is_away_is_told_of_once(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "a.jpg"))
    os.rename(tmp_path / "source", tmp_path / "unplugged")
    (reason,) = run.settle()
    assert "is the drive connected?" in reason


def test_a_newer_file_under_the_old_name_is_no_business_of_the_old_run(tmp_path: Path) -> None:
    old = write(tmp_path / "album/newer", "small")
    run = CutOff(tmp_path, move(old, tmp_path / "album", "superseded/a.jpg"), progress=Progress.PLACED)
    write(run.album / "superseded/x", "").unlink()
    os.rename(old, run.album / "superseded/a.jpg")
    write(old, "the large version")
    assert run.settle() == [] and run.progress == ["done"]
    assert files(run.album) == {"newer": "the large version", "superseded/a.jpg": "small"}


def test_a_source_that_was_edited_after_it_was_copied_is_kept_and_told_of(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "a.jpg"), progress=Progress.PLACED)
    write(run.album / "a.jpg", "photo")
    times = photo.stat()
    photo.write_text("phOto")
    os.utime(photo, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert run.settle() == ["it changed since it was copied; both are kept"]
    assert files(tmp_path) == {"source/a.jpg": "phOto", "album/a.jpg": "photo"}


def test_a_name_that_was_only_reserved_is_free_again(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "a.jpg"), progress=Progress.RESERVED)
    write(run.album / "a.jpg", "")
    assert run.settle() == [] and files(tmp_path) == {"source/a.jpg": "photo"}


@pytest.mark.parametrize("kept", [True, False])
def test_a_source_put_aside_for_its_last_moment_gets_its_name_back(tmp_path: Path, photo: Path, kept: bool) -> None:
    write(tmp_path / "album/mine", "photo")
    run = CutOff(tmp_path, remove(photo, tmp_path / "album", "mine"))
    os.rename(photo, run.source / run.aside)
    if not kept:
        (run.album / "mine").unlink()
    assert run.settle() == [] and run.progress == ["failed"]
    assert files(run.source) == {"a.jpg": "photo"}


def test_a_set_that_was_begun_is_completed(tmp_path: Path, photo: Path) -> None:
    video, other = write(tmp_path / "source/a.mov", "video"), write(tmp_path / "source/b.jpg", "other")
    album = tmp_path / "album"
    run = CutOff(tmp_path, *(move(path, album, path.name, group=1) for path in (photo, video)), move(other, album, "b.jpg", group=2))
    os.rename(photo, album / "a.jpg")
    assert run.settle() == [] and run.progress == ["done", "done", "failed"]
    assert files(tmp_path) == {"album/a.jpg": "photo", "album/a.mov": "video", "source/b.jpg": "other"}
    assert set(manifest.read(str(album))) == {"a.jpg", "a.mov"}


def test_a_plan_that_was_not_whole_was_not_begun(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "a.jpg"))
    path = journal.runs(str(run.album))[0].path
    path.write_bytes(path.read_bytes().replace(b'{"k":"planned","count":1}\n', b""))
    assert run.settle() == [] and files(tmp_path) == {"source/a.jpg": "photo"}


def test_an_album_mounted_elsewhere_is_settled_where_it_is_now(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "a.jpg"), progress=Progress.PLACED)
    write(run.album / "a.jpg", "photo")
    run.album = run.album.rename(tmp_path / "mounted elsewhere")
    assert run.settle() == [] and files(tmp_path) == {"mounted elsewhere/a.jpg": "photo"}


def _took_it_away(photo: Path) -> None:
    photo.unlink()


def _put_another_one_there(photo: Path) -> None:
    photo.write_text("quite another one")


def _put_a_link_there(photo: Path) -> None:
    photo.unlink()
    photo.symlink_to("elsewhere")


@pytest.mark.parametrize("meddle", [_took_it_away, _put_another_one_there, _put_a_link_there])
@pytest.mark.parametrize("make", [move, copy])
def test_a_copy_under_way_is_kept_where_the_source_is_another_one_by_now(
    tmp_path: Path, photo: Path, meddle: Callable[[Path], None], make: Callable[[Path, Path, str], Operation]
) -> None:
    run = CutOff(tmp_path, make(photo, tmp_path / "album", "2019/a.jpg"))
    write(run.album / "2019" / run.temporary, "photo")
    meddle(photo)
    assert run.settle() == [] and run.progress == ["done"]
    assert files(run.album) == {"2019/a.jpg": "photo"}


def test_and_where_another_file_took_its_name_a_person_is_told_of_it(tmp_path: Path, photo: Path) -> None:
    run = CutOff(tmp_path, move(photo, tmp_path / "album", "2019/mine"))
    write(run.album / "2019" / run.temporary, "photo")
    write(run.album / "2019/mine", "of the person")
    photo.unlink()
    with lock_folder(str(run.album), stop=threading.Event()) as locked:
        ((failure,),) = (recovered.failures for recovered in locked.recovered)
    assert f"its only copy is {run.album / '2019' / run.temporary}" in failure.reason
    assert files(run.album) == {"2019/mine": "of the person", f"2019/{run.temporary}": "photo"}
