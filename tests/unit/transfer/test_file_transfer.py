"""One file on its way: it arrives whole under a free name, or everything stays as it was."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib import model
from lib.files import folders
from lib.files.folders import FileIdentity, Folder, open_below, open_root
from lib.transfer import file_transfer, journal
from lib.transfer.operation import Result
from tests.moves import carry_out, copy, files, media, move, remove, write

posix = pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")


def identity(path: Path) -> FileIdentity:
    return FileIdentity.of(path.lstat())


def reason(root: Path, *operations: object) -> str:
    (outcome,) = carry_out(root, operations)  # type: ignore[arg-type]  # the tests give operations
    assert outcome.result is Result.FAILED
    return outcome.reason


def test_a_move_brings_the_file_with_its_time_and_rights(tmp_path: Path) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    os.utime(photo, ns=(1_600_000_000_123_456_789, 1_500_000_000_123_456_789))
    photo.chmod(0o640)
    (outcome,) = carry_out(tmp_path / "album", [move(photo, tmp_path / "album", "2019/07/a.jpg")])
    arrived = tmp_path / "album/2019/07/a.jpg"
    assert outcome.result is Result.DONE and outcome.placed == media(arrived)
    assert not photo.exists() and arrived.read_text() == "photo"
    assert (arrived.stat().st_mtime_ns, arrived.stat().st_mode & 0o777) == (1_500_000_000_123_456_789, 0o640)


def test_a_copy_keeps_times_rights_and_attributes_and_leaves_the_source_alone(tmp_path: Path) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    photo.chmod(0o604)
    os.utime(photo, ns=(5, 1_500_000_000_000_000_001))
    if sys.platform == "linux":
        os.setxattr(photo, "user.comment", b"seaside")
    before = identity(photo)
    carry_out(tmp_path / "album", [copy(photo, tmp_path / "album", "a.jpg")])
    arrived = tmp_path / "album/a.jpg"
    assert (arrived.stat().st_mtime_ns, arrived.stat().st_mode & 0o777) == (1_500_000_000_000_000_001, 0o604)
    assert identity(photo) == before
    if sys.platform == "linux":
        assert os.getxattr(arrived, "user.comment") == b"seaside"


def test_a_taken_name_is_never_overwritten(tmp_path: Path) -> None:
    photo = write(tmp_path / "source/a.jpg", "mine")
    write(tmp_path / "album/a.jpg", "yours")
    assert "another file took this name" in reason(tmp_path / "album", move(photo, tmp_path / "album", "a.jpg"))
    assert "another file took this name" in reason(tmp_path / "album", copy(photo, tmp_path / "album", "a.jpg"))
    assert files(tmp_path) == {"source/a.jpg": "mine", "album/a.jpg": "yours"}


@pytest.mark.parametrize("lacking", [("renameat2",), ("renameat2", "link")], ids=["no exclusive rename", "no links either"])
@pytest.mark.parametrize("taken", [False, True])
def test_file_systems_that_know_less_still_overwrite_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...], taken: bool
) -> None:
    monkeypatch.setattr(folders, "exclusive_rename", lambda: None)
    if "link" in lacking:

        def link(*_: object, **__: object) -> None:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", link)
    photo = write(tmp_path / "source/a.jpg", "mine")
    if taken:
        write(tmp_path / "album/a.jpg", "yours")
    operation = move(photo, tmp_path / "album", "a.jpg")
    with (
        open_root(str(photo.parent)) as source,
        open_below(str(tmp_path / "album"), "a.jpg") if taken else _new(tmp_path) as (target, name),
    ):
        if taken:
            with pytest.raises(FileExistsError):
                source.rename("a.jpg", target, name, lambda: None)
        else:
            source.rename("a.jpg", target, name, lambda: None)
    assert operation.source.size == 4
    assert files(tmp_path) == ({"source/a.jpg": "mine", "album/a.jpg": "yours"} if taken else {"album/a.jpg": "mine"})


class _new:
    """A new album, opened."""

    def __init__(self, place: Path) -> None:
        (place / "album").mkdir()
        self.folder = open_root(str(place / "album"))

    def __enter__(self) -> tuple[Folder, str]:
        return self.folder, "a.jpg"

    def __exit__(self, *_: object) -> None:
        self.folder.close()


@pytest.mark.parametrize("change", ["grows", "shrinks", "is replaced", "is touched", "vanishes", "becomes a link", "becomes a pipe"])
@pytest.mark.parametrize("kind", [move, copy, remove])
@posix
def test_a_source_that_changed_since_it_was_read_is_left_alone(tmp_path: Path, change: str, kind: object) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    write(tmp_path / "album/kept.jpg", "photo")
    operation = (
        remove(photo, tmp_path / "album", "kept.jpg")
        if kind is remove
        else (move if kind is move else copy)(photo, tmp_path / "album", "a.jpg")
    )
    if change == "grows":
        photo.write_text("photo and more")
    elif change == "shrinks":
        photo.write_text("pho")
    elif change == "is replaced":
        times = photo.stat()
        os.replace(write(tmp_path / "source/new", "other"), photo)
        os.utime(photo, ns=(times.st_atime_ns, times.st_mtime_ns))
    elif change == "is touched":
        os.utime(photo, ns=(1, 1))
    else:
        photo.unlink()
        if change == "becomes a link":
            photo.symlink_to(write(tmp_path / "elsewhere/secret", "secret"))
        elif change == "becomes a pipe":
            os.mkfifo(photo)
    before = files(tmp_path)
    told = reason(tmp_path / "album", operation)
    assert "vanished" in told if change == "vanishes" else "changed since it was read" in told
    assert files(tmp_path) == before
    assert os.path.lexists(photo) is (change != "vanishes")


def test_a_file_that_changes_while_it_is_copied_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    pour = file_transfer._pour

    def slow(reading: int, writing: int, checksum: str, advance: object) -> str:
        told = pour(reading, writing, checksum, lambda count: None)
        photo.write_text("photo, edited meanwhile")
        return told

    monkeypatch.setattr(file_transfer, "_pour", slow)
    assert "changed since it was read" in reason(tmp_path / "album", copy(photo, tmp_path / "album", "a.jpg"))
    assert files(tmp_path) == {"source/a.jpg": "photo, edited meanwhile"}


def test_a_file_that_takes_the_name_at_the_last_moment_is_not_unlinked_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    write(tmp_path / "album/kept.jpg", "photo")
    operation = remove(photo, tmp_path / "album", "kept.jpg")
    require = file_transfer.require

    def replaced_behind_its_back(folder: Folder, name: str, wanted: FileIdentity) -> None:
        require(folder, name, wanted)
        os.replace(write(tmp_path / "source/new", "another picture"), photo)

    with open_root(str(photo.parent)) as source, open_root(str(tmp_path / "album")) as target:
        monkeypatch.setattr(file_transfer, "require", replaced_behind_its_back)
        with pytest.raises(file_transfer.Refused, match="changed since it was read"):
            kept = identity(tmp_path / "album/kept.jpg")
            file_transfer.unlink_verified(source, "a.jpg", identity(photo), ".aside", target, "kept.jpg", kept)
    assert operation.source.size == 5
    assert files(tmp_path) == {"source/a.jpg": "another picture", "album/kept.jpg": "photo"}


@posix
def test_the_only_copy_is_not_removed_for_itself(tmp_path: Path) -> None:
    photo = write(tmp_path / "album/a.jpg", "photo")
    assert "one and the same file" in reason(tmp_path / "album", remove(photo, tmp_path / "album", "a.jpg"))
    assert files(tmp_path) == {"album/a.jpg": "photo"}


def test_a_duplicate_goes_only_while_the_other_one_holds_the_same_bytes(tmp_path: Path) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    kept = write(tmp_path / "album/a.jpg", "phot0")
    assert "not byte for byte the same" in reason(tmp_path / "album", remove(photo, tmp_path / "album", "a.jpg"))
    kept.unlink()
    assert "not byte for byte the same" in reason(tmp_path / "album", remove(photo, tmp_path / "album", "a.jpg"))
    assert photo.read_text() == "photo"


@posix
def test_all_names_of_one_file_move_or_go_without_a_loss(tmp_path: Path) -> None:
    first = write(tmp_path / "source/a.jpg", "photo")
    for name in ("b.jpg", "c.jpg", "d.jpg"):
        os.link(first, tmp_path / "source" / name)
    album = tmp_path / "album"
    operations = [
        move(first, album, "a.jpg"),
        copy(tmp_path / "source/d.jpg", album, "d.jpg"),
        move(tmp_path / "source/b.jpg", album, "other/b.jpg"),
        remove(tmp_path / "source/c.jpg", album, "a.jpg"),
    ]
    assert [(outcome.result, outcome.reason) for outcome in carry_out(album, operations)] == [(Result.DONE, "")] * 4
    assert files(tmp_path) == dict.fromkeys(["source/d.jpg", "album/a.jpg", "album/d.jpg", "album/other/b.jpg"], "photo")


@posix
@pytest.mark.parametrize("place", ["2019", "2019/07", "2019/07/a.jpg"])
def test_a_link_planted_in_the_album_leads_nowhere(tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    photo = write(tmp_path / "source/a.jpg", "photo")
    link = tmp_path / "album" / place
    link.parent.mkdir(parents=True)
    link.symlink_to(outside if place != "2019/07/a.jpg" else outside / "a.jpg")
    operations = [kind(photo, tmp_path / "album", "2019/07/a.jpg") for kind in (move, copy)]
    assert all(outcome.result is Result.FAILED for outcome in carry_out(tmp_path / "album", operations))
    assert files(tmp_path) == {"source/a.jpg": "photo"} and list(outside.iterdir()) == []


@posix
def test_a_link_planted_in_the_source_gives_no_other_file_away(tmp_path: Path) -> None:
    photo = write(tmp_path / "source/sub/a.jpg", "photo")
    operations = [move(photo, tmp_path / "album", "a.jpg"), copy(photo, tmp_path / "album", "b.jpg")]
    os.rename(tmp_path / "source/sub", tmp_path / "elsewhere")
    (tmp_path / "source/sub").symlink_to(tmp_path / "elsewhere")
    for outcome in carry_out(tmp_path / "album", operations):
        assert "a link or a file stands where a folder should be" in outcome.reason
    assert files(tmp_path) == {"elsewhere/a.jpg": "photo"}


def test_what_the_disk_did_not_keep_is_no_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    monkeypatch.setattr(file_transfer, "_read_back", lambda handle, checksum: "sha256:of something else")
    assert "disk may be failing" in reason(tmp_path / "album", copy(photo, tmp_path / "album", "a.jpg"))
    assert files(tmp_path) == {"source/a.jpg": "photo"}


def test_files_of_one_group_stay_together_when_one_of_them_cannot_go(tmp_path: Path) -> None:
    photo, video, sidecar, other = (write(tmp_path / "source" / name, name) for name in ("a.heic", "a.mov", "a.xmp", "b.jpg"))
    album = tmp_path / "album"
    write(album / "a.mov", "an older one")
    operations = [move(path, album, path.name, group=7) for path in (photo, video, sidecar)] + [move(other, album, "b.jpg", group=8)]
    results = [outcome.result for outcome in carry_out(album, operations)]
    assert results == [Result.FAILED] * 3 + [Result.DONE]
    assert files(tmp_path / "source") == {name: name for name in ("a.heic", "a.mov", "a.xmp")}


@pytest.mark.skipif(not shutil.which("chattr") or getattr(os, "geteuid", lambda: 1)() != 0, reason="needs root and chattr")
@pytest.mark.parametrize("far", [False, True], ids=["one disk", "another disk"])
def test_a_source_that_cannot_be_unlinked_is_copied_and_told_of(tmp_path: Path, far_path: Path, far: bool) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    album = (far_path if far else tmp_path) / "album"
    if subprocess.run(["chattr", "+i", str(photo)], capture_output=True).returncode:
        pytest.skip("this file system knows no immutable files")
    try:
        (outcome,) = carry_out(album, [move(photo, album, "a.jpg")])
    finally:
        subprocess.run(["chattr", "-i", str(photo)], check=True)
    assert outcome.result is Result.SOURCE_KEPT and "copied, and the source kept: operation not permitted" in outcome.reason
    assert files(album) == {"a.jpg": "photo"} and photo.read_text() == "photo"


def test_moving_to_another_disk_takes_the_source_away_at_last(tmp_path: Path, far_path: Path) -> None:
    photo = write(tmp_path / "source/a.jpg", "photo")
    (outcome,) = carry_out(far_path / "album", [move(photo, far_path / "album", "2019/a.jpg")])
    assert outcome.result is Result.DONE
    assert files(far_path) == {"album/2019/a.jpg": "photo"} and files(tmp_path) == {}


def test_names_of_files_on_their_way_are_hardly_longer_than_a_cameras(tmp_path: Path) -> None:
    names = [make("20240506-070809-ab12", 7) for make in (journal.temporary_name, journal.aside_name)]
    assert max(map(len, names)) <= len("IMG_0001.JPG") + 5
    assert len({make(run, number) for make in (journal.temporary_name, journal.aside_name) for run in "ab" for number in range(99)}) == 396


def test_what_an_earlier_run_left_aside_is_not_written_over(tmp_path: Path) -> None:
    photo, left = write(tmp_path / "source/a.jpg", "photo"), write(tmp_path / "source/.aside", "left there")
    kept = write(tmp_path / "album/a.jpg", "photo")
    with (
        open_root(str(photo.parent)) as source,
        open_root(str(kept.parent)) as target,
        pytest.raises(file_transfer.Refused, match="is in the way"),
    ):
        file_transfer.unlink_verified(source, "a.jpg", identity(photo), ".aside", target, "a.jpg", identity(kept))
    assert (photo.read_text(), left.read_text()) == ("photo", "left there")


def test_a_path_that_windows_cannot_reach_is_told_of_as_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "IS_WINDOWS", True)
    error = FileNotFoundError(errno.ENOENT, "No such file or directory", "C:\\" + "a" * 300 + "\\b.jpg")
    assert "longer than the 260 letters" in str(file_transfer.explain(error))
    assert "longer than the 260 letters" in model.in_words(error)
    error = FileNotFoundError(errno.ENOENT, "No such file or directory", "C:\\b.jpg")
    assert "not there any more" in str(file_transfer.explain(error))
