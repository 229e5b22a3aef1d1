"""Folders held open: what is done where another program has a file open, or a file is read-only, as Windows has it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from lib.files import folders
from lib.files.folders import FileIdentity, open_root
from lib.files.volumes import Volume
from tests.as_windows import sitecustomize as windows
from tests.moves import files, write


@pytest.fixture
def as_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process treats files as Windows does."""
    for place, name, value in windows.patches():
        monkeypatch.setattr(place, name, value)


@pytest.mark.usefixtures("as_windows")
@pytest.mark.parametrize("step", ["rename", "unlink", "replace"])
def test_a_file_that_another_program_has_open_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    path = write(tmp_path / "a.jpg", "photo")
    reader = path.open()
    waited = threading.Event()

    def sleep(seconds: float) -> None:
        waited.set()
        reader.close()

    monkeypatch.setattr(time, "sleep", sleep)
    with open_root(str(tmp_path)) as folder:
        if step == "rename":
            folder.rename("a.jpg", folder, "b.jpg", lambda: None)
        elif step == "replace":
            folder.replace("a.jpg", "b.jpg")
        else:
            folder.unlink("a.jpg")
    assert waited.is_set()
    assert files(tmp_path) == ({} if step == "unlink" else {"b.jpg": "photo"})


@pytest.mark.usefixtures("as_windows")
def test_waiting_comes_to_an_end_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.jpg", "photo")
    monkeypatch.setattr(folders, "_PATIENCE", 0.1)
    with path.open(), open_root(str(tmp_path)) as folder, pytest.raises(PermissionError) as refused:
        folder.unlink("a.jpg")
    assert folders.is_in_use(refused.value)
    assert files(tmp_path) == {"a.jpg": "photo"}


@pytest.mark.usefixtures("as_windows")
def test_a_read_only_file_goes_and_one_that_cannot_go_stays_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_PATIENCE", 0.0)
    path = write(tmp_path / "a.jpg", "photo")
    path.chmod(0o444)
    with open_root(str(tmp_path)) as folder:
        with path.open(), pytest.raises(PermissionError):
            folder.unlink("a.jpg")
        assert path.stat().st_mode & 0o777 == 0o444
        folder.unlink("a.jpg")
    assert files(tmp_path) == {}


@pytest.mark.parametrize("stable", [True, False])
def test_a_rename_may_give_another_inode_only_where_inodes_are_not_stable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stable: bool
) -> None:
    status = write(tmp_path / "a.jpg", "photo").lstat()
    before = FileIdentity.of(status)
    monkeypatch.setattr(folders, "mounted", lambda: [Volume("uuid:1", os.path.realpath(tmp_path), "", stable)])
    with open_root(str(tmp_path)) as folder:
        assert folder.is_renamed(status, before._replace(ctime_ns=1))
        assert folder.is_renamed(status, before._replace(inode=1, ctime_ns=1)) is not stable
        assert not folder.is_renamed(status, before._replace(inode=1, mtime_ns=1))
        assert not folder.is_renamed(status, before._replace(size=1))
