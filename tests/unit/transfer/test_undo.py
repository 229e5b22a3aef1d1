"""A run put back: every file where it was, nothing overwritten, and what changed since is listed and left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.files.pinned_folders import PinnedFolders
from lib.model import BadRequest
from lib.transfer import file_transfer, journal
from lib.transfer import undo as undoing
from lib.transfer.file_transfer import Refused
from tests.moves import NOW, carry_out, copy, files, media, move, remove, undo, write


@pytest.fixture
def album(tmp_path: Path) -> Path:
    return tmp_path / "album"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "source"


def test_moved_files_are_where_they_were_and_empty_folders_are_gone(album: Path, source: Path) -> None:
    photos = [write(source / name, name) for name in ("a", "deep/b")]
    carry_out(album, [move(photo, album, f"2019/07/{photo.name}") for photo in photos])
    os.rmdir(source / "deep")
    assert undo(album)[1] == []
    assert files(source) == {"a": "a", "deep/b": "deep/b"} and not (album / "2019").exists()


def test_copies_go_only_while_the_originals_are_there(album: Path, source: Path) -> None:
    first, second = write(source / "a", "a"), write(source / "b", "b")
    carry_out(album, [copy(first, album, "a"), copy(second, album, "b")])
    second.unlink()
    assert undo(album)[1] == [f"kept, because the file that it was copied from is not at {second} any more"]
    assert files(album) == {"b": "b"} and files(source) == {"a": "a"}


def test_a_superseded_version_gets_its_name_back(album: Path, source: Path) -> None:
    old, new = write(album / "a.jpg", "small"), write(source / "a.jpg", "large")
    carry_out(album, [move(old, album, "superseded/a.jpg", group=1), move(new, album, "a.jpg", group=1)])
    assert files(album) == {"superseded/a.jpg": "small", "a.jpg": "large"}
    assert undo(album)[1] == []
    assert files(album) == {"a.jpg": "small"} and files(source) == {"a.jpg": "large"}


def test_deleted_duplicates_come_back_each_with_its_own_time(album: Path, source: Path) -> None:
    photos = [write(source / name, "photo") for name in ("a", "b", "c")]
    for number, photo in enumerate(photos):
        os.utime(photo, ns=(1_500_000_000_000_000_000 + number,) * 2)
    before = {photo: photo.stat().st_mtime_ns for photo in photos}
    carry_out(album, [move(photos[0], album, "a"), *(remove(photo, album, "a") for photo in photos[1:])])
    assert files(source) == {}
    undo(album)
    assert {photo: photo.stat().st_mtime_ns for photo in photos} == before and files(album) == {}


def test_a_file_that_was_changed_since_is_listed_and_left(album: Path, source: Path) -> None:
    photos = [write(source / name, name) for name in ("a", "b", "c")]
    carry_out(album, [move(photo, album, photo.name) for photo in photos])
    write(album / "a", "edited")
    (album / "b").unlink()
    assert sorted(undo(album)[1]) == ["it is not there any more", "it was changed since"]
    assert files(album) == {"a": "edited"} and files(source) == {"c": "c"}


def test_nothing_is_overwritten_on_the_way_back(album: Path, source: Path) -> None:
    photo = write(source / "a", "photo")
    carry_out(album, [move(photo, album, "a")])
    write(photo, "a new one")
    assert undo(album)[1] == [f"another file lies at {photo} now"]
    assert files(album) == {"a": "photo"} and files(source) == {"a": "a new one"}


def test_a_file_that_is_back_already_is_not_kept_twice(album: Path, source: Path) -> None:
    photo = write(source / "a", "photo")
    carry_out(album, [move(photo, album, "a")])
    write(photo, "photo")
    assert undo(album)[1] == []
    assert files(album) == {} and files(source) == {"a": "photo"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_that_stands_where_the_folder_was_leads_nowhere(album: Path, source: Path) -> None:
    photo = write(source / "sub/a", "photo")
    carry_out(album, [move(photo, album, "a")])
    (source / "sub").rmdir()
    outside = source.parent / "outside"
    outside.mkdir()
    (source / "sub").symlink_to(outside)
    (reason,) = undo(album)[1]
    assert "a link or a file stands where a folder should be" in reason
    assert files(album) == {"a": "photo"} and list(outside.iterdir()) == []


def test_runs_are_put_back_one_after_another_and_none_twice(album: Path, source: Path) -> None:
    for name in ("a", "b"):
        carry_out(album, [move(write(source / name, name), album, name)])
    first, second = (run.run_id for run in journal.runs(str(album)))
    assert undo(album)[0] == second and files(album) == {"a": "a"}
    with pytest.raises(BadRequest, match="put back already"):
        undo(album, second)
    with pytest.raises(BadRequest, match="There is no run 1999"):
        undo(album, "1999")
    assert undo(album)[0] == first and files(album) == {}
    with pytest.raises(BadRequest, match="no run left to put back"):
        undo(album)


def test_what_could_not_go_back_can_go_back_later(album: Path, source: Path) -> None:
    photo = write(source / "a", "photo")
    carry_out(album, [move(photo, album, "a"), move(write(source / "b", "b"), album, "b")])
    write(photo, "in the way")
    run_id, reasons = undo(album)
    assert len(reasons) == 1 and files(source) == {"a": "in the way", "b": "b"}
    photo.unlink()
    assert undo(album, run_id) == (run_id, []) and files(source) == {"a": "photo", "b": "b"}


def test_an_undo_that_was_cut_off_goes_on_and_does_not_reach_for_the_run_before(album: Path, source: Path) -> None:
    carry_out(album, [move(write(source / "old", "old"), album, "old")])
    carry_out(album, [move(write(source / name, name), album, name) for name in ("a", "b")])
    first, second = journal.runs(str(album))
    operations, _ = undoing.plan(second, [first, second], PinnedFolders())
    cut_off = journal.start(str(album), "undo", now=NOW, undoes=second.run_id)
    cut_off.plan(operations)
    cut_off.close()
    os.rename(album / "b", source / "b")
    assert undo(album) == (second.run_id, [])
    assert files(album) == {"old": "old"} and files(source) == {"a": "a", "b": "b"}
    assert undo(album)[0] == first.run_id


def test_a_drive_that_is_away_is_told_of(album: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = write(source / "a", "photo")
    operation = move(photo, album, "a")
    carry_out(album, [operation])
    monkeypatch.setattr(undoing, "_DRIVES", (f"{source}/",))
    monkeypatch.setattr(undoing, "_is_mounted", lambda folder: False)
    assert undoing._way_back(operation.source) == (str(source), "a")
    away = media(album / "a")
    elsewhere = type(away)(str(source), "a", away.size, away.mtime_ns, away.ctime_ns, away.device + 1, away.inode)
    with pytest.raises(Refused, match="is not connected"):
        undoing._way_back(elsewhere)


def test_what_a_copy_is_to_be_made_of_waits_until_it_is_made(album: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deleted duplicate comes back as a copy of what came in, which waits in the album until then."""
    first, second = write(source / "a", "photo"), write(source / "b", "photo")
    carry_out(album, [move(first, album, "a"), remove(second, album, "a")])
    (run,) = journal.runs(str(album))

    def full(*_: object, **__: object) -> list[str]:
        raise file_transfer.Refused("there is no room for it")

    with monkeypatch.context() as patch:
        patch.setattr(file_transfer, "copy_to_temporary", full)
        reasons = undo(album)[1]
    assert len(reasons) == 2 and "there is no room for it" in reasons
    assert files(album) == {"a": "photo"} and files(source) == {}
    assert undo(album, run.run_id)[1] == []
    assert files(album) == {} and files(source) == {"a": "photo", "b": "photo"}
