"""The toolkit's own files: opened like a stranger's pictures, and replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.files.folders import open_root
from lib.files.own_files import read_file, read_path, replacing, replacing_path

posix = pytest.mark.skipif(os.name == "nt", reason="no such files on Windows")


def _link(path: Path) -> None:
    path.with_name("secret").write_text("secret")
    path.symlink_to("secret")


def _link_to_zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


@posix
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_link, "a link"),
        (_link_to_zeros, "a link"),
        (os.mkfifo, "not a regular file"),
        (os.mkdir, "not a regular"),
        (_large, "larger"),
    ],
)
def test_what_a_stranger_puts_in_a_files_place_is_refused(tmp_path: Path, make: Callable[[Path], None], why: str) -> None:
    make(tmp_path / "journal")
    with pytest.raises(OSError, match=why):
        read_path(tmp_path / "journal")


def test_a_file_that_grows_over_the_bound_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("12345678")
    status = os.fstat

    class Smaller:
        def __init__(self, seen: os.stat_result) -> None:
            self.st_mode, self.st_size = seen.st_mode, 1

    with open_root(str(tmp_path.resolve())) as folder:
        monkeypatch.setattr(os, "fstat", lambda handle: Smaller(status(handle)))
        with pytest.raises(OSError, match="larger"):
            read_file(folder, "a", largest=4)


def test_a_file_is_replaced_when_the_block_ends_well_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with replacing_path(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("temporary", ["", ".own.tmp"])
def test_a_block_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path, temporary: str) -> None:
    (tmp_path / "a").write_text("old")
    with open_root(str(tmp_path.resolve())) as folder, pytest.raises(ValueError), replacing(folder, "a", temporary=temporary) as file:
        file.write(b"half")
        raise ValueError
    assert (tmp_path / "a").read_text() == "old" and os.listdir(tmp_path) == ["a"]


def test_what_a_kill_left_under_the_locked_name_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / ".own.tmp").write_text("half of an earlier one, and longer")
    with open_root(str(tmp_path.resolve())) as folder, replacing(folder, "a", temporary=".own.tmp") as file:
        file.write(b"whole")
    assert (tmp_path / "a").read_text() == "whole" and os.listdir(tmp_path) == ["a"]


@posix
def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("mine")
    (tmp_path / "table.csv").symlink_to("victim")
    with replacing_path(tmp_path / "table.csv") as file:
        file.write(b"rows")
    assert (tmp_path / "victim").read_text() == "mine" and (tmp_path / "table.csv").read_text() == "rows"


@posix
def test_a_folder_reached_over_a_link_of_the_person_is_theirs_to_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "reports").symlink_to("real")
    with replacing_path(tmp_path / "reports/table.csv") as file:
        file.write(b"rows")
    assert read_path(tmp_path / "reports/table.csv") == b"rows"


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: calls.append("sync") or sync(handle))  # type: ignore[func-returns-value]
    monkeypatch.setattr(os, "replace", lambda *words, **more: calls.append("replace") or replace(*words, **more))  # type: ignore[func-returns-value]
    with replacing_path(tmp_path / "a") as file:
        file.write(b"rows")
    assert calls == (["sync", "replace", "sync"] if os.name != "nt" else ["sync", "replace"])
