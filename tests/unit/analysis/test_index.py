"""The index: what it keeps, when it forgets, and that it never stands in the way."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lib.analysis import index as room
from lib.analysis import index_file
from lib.analysis.index import Index, Value
from lib.analysis.index_file import default_index_path
from lib.files.volumes import Volume
from lib.model import BadRequest, MediaFile


def some_file(name: str = "a.jpg", folder: str = "/photos", **changes: int) -> MediaFile:
    file = MediaFile(os.path.abspath(folder), name, 1000, 10**18, 10**18 + 5, 7, 1234)
    numbers: dict[str, Any] = dict(changes)
    return replace(file, **numbers)


def known(index: Index, file: MediaFile, *columns: str) -> tuple[Value | None, ...]:
    return index.recall(file.folder, [file], columns)[0]


@pytest.fixture
def path(tmp_path: Path) -> str:
    return os.fspath(tmp_path / "cache" / "index.sqlite")


def test_what_was_remembered_is_known_to_the_next_run(path: str) -> None:
    file, other = some_file(), some_file("b.jpg")
    with Index(path) as index:
        assert known(index, file, "sha256_1") == (None,)
        index.remember(file, {"sha256_1": b"\x01", "pixels_1": "is no picture"})
    with Index(path) as index:
        assert known(index, file, "pixels_1", "sha256_1", "never_asked_1") == ("is no picture", b"\x01", None)
        assert known(index, other, "sha256_1") == (None,)


def test_columns_are_filled_when_they_are_first_needed(path: str) -> None:
    with Index(path) as index:
        index.remember(some_file(), {"sha256_1": b"\x01"})
        index.flush()
        index.remember(some_file(), {"xxh3_1": b"\x02"})
        index.flush()
        assert known(index, some_file(), "sha256_1", "xxh3_1") == (b"\x01", b"\x02")


@pytest.mark.parametrize("change", ["size", "mtime_ns", "ctime_ns", "inode"])
def test_a_file_that_changed_is_unknown_and_its_old_answers_do_not_come_back(path: str, change: str) -> None:
    numbers: dict[str, Any] = {change: 5}
    changed = replace(some_file(), **numbers)
    with Index(path) as index:
        index.remember(some_file(), {"sha256_1": b"\x01", "xxh3_1": b"\x02"})
        index.flush()
        assert known(index, changed, "sha256_1") == (None,)
        index.remember(changed, {"xxh3_1": b"\x03"})
        index.flush()
        assert known(index, changed, "sha256_1", "xxh3_1") == (None, b"\x03")
        assert known(index, some_file(), "sha256_1") == (None,)


def test_device_numbers_do_not_count_because_they_change_between_mounts(path: str) -> None:
    with Index(path) as index:
        index.remember(some_file(device=7), {"sha256_1": b"\x01"})
        index.flush()
        assert known(index, some_file(device=8), "sha256_1") == (b"\x01",)


def on(monkeypatch: pytest.MonkeyPatch, *volumes: Volume) -> None:
    """From here on, these volumes are mounted."""
    monkeypatch.setattr(room, "mounted", lambda: list(volumes))


@pytest.mark.skipif(os.name == "nt", reason="paths as POSIX has them")
def test_a_drive_is_known_again_at_another_mount_point(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, Volume("uuid:1", "/mnt/red"), Volume("uuid:2", "/mnt/blue"))
    with Index(path) as index:
        index.remember(some_file(folder="/mnt/red/2019"), {"sha256_1": b"\x01"})
    on(monkeypatch, Volume("uuid:2", "/mnt/red"), Volume("uuid:1", "/mnt/blue"))
    with Index(path) as index:
        assert known(index, some_file(folder="/mnt/blue/2019"), "sha256_1") == (b"\x01",)
        assert known(index, some_file(folder="/mnt/red/2019"), "sha256_1") == (None,)


@pytest.mark.skipif(os.name == "nt", reason="paths as POSIX has them")
def test_a_drive_that_is_away_keeps_its_rows_and_can_be_asked_for(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here, gone = Volume("uuid:1", "/mnt/red"), Volume("uuid:2", "/mnt/blue")
    on(monkeypatch, here, gone)
    name = os.fsdecode(b"caf\xe9.jpg")
    with Index(path) as index:
        index.remember(some_file(folder="/mnt/red/x"), {"sha256_1": b"\x01"})
        index.remember(some_file(name, folder="/mnt/blue/y"), {"sha256_1": b"\x02"})
        index.flush()
        assert list(index.away(["sha256_1"])) == []
    on(monkeypatch, here)
    with Index(path) as index:
        (away,) = index.away(["sha256_1", "never_asked_1"])
        assert (away.file.path, away.file.size) == (f"/mnt/blue/y/{name}", 1000)
        assert (away.volume, away.values) == ("uuid:2", (b"\x02", None))
    on(monkeypatch, here, gone)
    with Index(path) as index:
        assert known(index, some_file(name, folder="/mnt/blue/y"), "sha256_1") == (b"\x02",)


@pytest.mark.skipif(os.name == "nt", reason="paths as POSIX has them")
def test_where_inodes_are_made_up_size_and_mtime_tell(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, Volume("uuid:1", "/", stable_inodes=False))
    with Index(path) as index:
        index.remember(some_file(), {"sha256_1": b"\x01"})
        index.flush()
        assert known(index, some_file(inode=99, ctime_ns=99), "sha256_1") == (b"\x01",)
        assert known(index, some_file(mtime_ns=99), "sha256_1") == (None,)
        just_now = some_file("new.jpg", mtime_ns=2 * 10**18)
        index.remember(just_now, {"sha256_1": b"\x01"})
        index.flush()
        assert known(index, just_now, "sha256_1") == (None,)


def test_what_is_known_of_a_file_goes_with_it_to_its_new_place(path: str) -> None:
    old, new = some_file(), some_file("b.jpg", "/album/2019", inode=55, ctime_ns=77)
    with Index(path) as index:
        index.remember(old, {"sha256_1": b"\x01", "metadata_1": b"{}"})
        index.carry(old, new)
    with Index(path) as index:
        assert known(index, new, "sha256_1", "metadata_1") == (b"\x01", b"{}")
        index.carry(some_file("unheard of"), some_file("c.jpg"))


def test_without_a_path_nothing_is_remembered() -> None:
    with Index(None) as index:
        index.remember(some_file(), {"sha256_1": b"\x01"})
        index.carry(some_file(), some_file("b.jpg"))
        assert known(index, some_file(), "sha256_1") == (None,)
        assert list(index.away(["sha256_1"])) == []


@pytest.mark.parametrize("time", [2**63 - 1, 2**63, 2**63 + 10**9, 2**64 + 5, 253402300799 * 10**9, -(2**63), -(2**63) - 1])
def test_times_beyond_what_the_base_can_hold_are_known_again(path: str, time: int) -> None:
    """A clock that was set wrong: 63 bits of nanoseconds end in the year 2262."""
    file, other = some_file(mtime_ns=time, ctime_ns=time), some_file(mtime_ns=time + 1, ctime_ns=time)
    with Index(path) as index:
        index.remember(file, {"sha256_1": b"\x01"})
        index.carry(file, some_file("b.jpg", mtime_ns=time))
        index.flush()
        assert known(index, file, "sha256_1") == known(index, some_file("b.jpg", mtime_ns=time), "sha256_1") == (b"\x01",)
        assert known(index, other, "sha256_1") == (None,)


def test_a_file_can_be_forgotten(path: str) -> None:
    with Index(path) as index:
        for name in ("a.jpg", "b.jpg"):
            index.remember(some_file(name), {"sha256_1": b"\x01", "xxh3_1": b"\x02"})
        index.forget(os.path.abspath("/photos"), "a.jpg")
        index.forget(os.path.abspath("/elsewhere"), "never seen.jpg")
        assert known(index, some_file("a.jpg"), "sha256_1", "xxh3_1") == (None, None)
        index.remember(some_file("a.jpg"), {"xxh3_1": b"\x03"})
        assert known(index, some_file("a.jpg"), "sha256_1", "xxh3_1") == (None, b"\x03")
        assert known(index, some_file("b.jpg"), "sha256_1", "xxh3_1") == (b"\x01", b"\x02")


def _photo(path: Path) -> None:
    path.write_bytes(b"\xff\xd8\xff\xe1 a photo")


def _base_of_a_browser(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("create table bookmark (id integer primary key)")
        base.execute("pragma user_version = 77")


@pytest.mark.parametrize("make", [_photo, _base_of_a_browser])
def test_a_file_that_is_no_index_is_refused_and_left_as_it_is(tmp_path: Path, make: Callable[[Path], None]) -> None:
    mine = tmp_path / "mine"
    make(mine)
    before = mine.read_bytes()
    with pytest.raises(BadRequest, match="no index of this toolkit"):
        Index(os.fspath(mine))
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine"] and mine.read_bytes() == before


def test_a_damaged_index_is_set_aside_with_a_message(path: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the toolkit's own place in the cache: what is there is the toolkit's, whatever became of it."""
    monkeypatch.setattr(index_file, "default_index_path", lambda: path)
    os.makedirs(os.path.dirname(path))
    Path(path).write_bytes(b"this is no database" * 100)
    with caplog.at_level(logging.WARNING), Index(path) as index:
        index.remember(some_file(), {"sha256_1": b"\x01"})
        index.flush()
        assert known(index, some_file(), "sha256_1") == (b"\x01",)
    assert "damaged" in caplog.text and "set aside" in caplog.text
    assert Path(path + ".aside").read_bytes().startswith(b"this is no database")


def test_an_index_that_is_damaged_inside_is_set_aside_when_that_is_met(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with Index(path) as index:
        for number in range(3000):
            index.remember(some_file(f"{number}.jpg"), {"sha256_1": os.urandom(32)})
    data = bytearray(Path(path).read_bytes())
    data[8192:] = b"\xa5" * (len(data) - 8192)
    Path(path).write_bytes(data)
    with caplog.at_level(logging.WARNING), Index(path) as index:
        assert known(index, some_file("5.jpg"), "sha256_1") == (None,)
        index.remember(some_file("5.jpg"), {"sha256_1": b"\x01"})
    assert "set aside" in caplog.text
    with Index(path) as index:
        assert known(index, some_file("5.jpg"), "sha256_1") == (None,)


def test_the_index_of_a_newer_version_is_set_aside(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with Index(path):
        pass
    with sqlite3.connect(path) as base:
        base.execute("pragma user_version = 99")
    base.close()
    with caplog.at_level(logging.WARNING), Index(path) as index:
        index.remember(some_file(), {"sha256_1": b"\x01"})
    assert "newer version" in caplog.text
    assert os.path.exists(path + ".aside")


def test_an_index_that_cannot_be_made_is_no_hindrance(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING), Index(os.fspath(tmp_path / "file" / "index.sqlite")) as index:
        index.remember(some_file(), {"sha256_1": b"\x01"})
        assert known(index, some_file(), "sha256_1") == (None,)
    assert "remembers nothing" in caplog.text


def test_two_runs_may_use_it_at_once(path: str) -> None:
    with Index(path) as first, Index(path) as second:
        for number in range(50):
            first.remember(some_file(f"{number}.jpg"), {"sha256_1": b"\x01"})
            second.remember(some_file(f"{number}.jpg"), {"sha256_1": b"\x01", "xxh3_1": b"\x02"})
            (first if number % 2 else second).flush()
    with Index(path) as index:
        assert {known(index, some_file(f"{n}.jpg"), "sha256_1", "xxh3_1") for n in range(50)} == {(b"\x01", b"\x02")}


def test_a_column_has_a_plain_name(path: str) -> None:
    with pytest.raises(ValueError, match="no name of a column"), Index(path) as index:
        index.remember(some_file(), {"x; drop table file": b"\x01"})


def test_it_is_kept_where_the_system_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(tmp_path))
    assert default_index_path() == os.path.join(tmp_path, "photo-toolkit", "index.sqlite")
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", os.fspath(tmp_path / "local"))
    assert default_index_path() == os.path.join(tmp_path, "local", "photo-toolkit", "index.sqlite")
    monkeypatch.setattr("sys.platform", "darwin")
    assert os.path.join("Library", "Caches") in default_index_path()
