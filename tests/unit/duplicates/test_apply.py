"""Where quarantine lies: on the drive that the file is on, so that nothing large is copied and no drive is filled by another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from lib.duplicates import apply
from lib.duplicates.removal_rules import Removal


def root(path: Path, location: Path, monkeypatch: pytest.MonkeyPatch, *drives: Path) -> str:
    """The folder in which the quarantine of the file is, where these folders are drives of their own."""
    path.parent.mkdir(parents=True)
    stat = os.stat

    def as_mounted(place: Any, **options: Any) -> os.stat_result:
        seen = list(stat(place, **options))
        above = [number for number, drive in enumerate(drives, 1) if Path(os.fspath(place)).is_relative_to(drive)]
        seen[2] += 1000 * max(above, default=0)
        return os.stat_result(seen)

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", as_mounted)
        return apply._root(Removal(str(path), "", str(location), ""))


def test_it_is_in_the_folder_that_was_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert root(tmp_path / "all/2019/07/a.jpg", tmp_path / "all", monkeypatch) == str(tmp_path / "all")


def test_a_drive_within_that_folder_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stick = tmp_path / "all/stick"
    assert root(stick / "2019/07/a.jpg", tmp_path / "all", monkeypatch, stick) == str(stick)


def test_a_drive_within_a_drive_keeps_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, stick = tmp_path / "all/disk", tmp_path / "all/disk/stick"
    assert root(stick / "a.jpg", tmp_path / "all", monkeypatch, disk, stick) == str(stick)
    assert root(disk / "2019/a.jpg", tmp_path / "all", monkeypatch, disk, stick) == str(disk)


def test_a_file_that_does_not_lie_where_was_searched_stays_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert root(tmp_path / "elsewhere/a.jpg", tmp_path / "all", monkeypatch) == str(tmp_path / "elsewhere")
