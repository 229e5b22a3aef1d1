"""Junctions, the links between folders that Windows has: neither followed by the walk nor by a change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lib.files import folders, junctions, scanning
from lib.files.folders import open_root
from lib.files.scanning import Passed, scan
from lib.model import MediaFile
from tests.moves import write


@pytest.mark.parametrize(
    ("tag", "leads_to", "is_one"),
    [
        (0xA0000003, r"\\?\C:\Users\me\Pictures", True),
        (0xA0000003, r"\\?\Volume{01234567-0000-0000-0000-100000000000}\\", False),
        (0xA000000C, r"C:\elsewhere", False),
        (0, "", False),
    ],
    ids=["junction", "mounted drive", "symbolic link", "folder"],
)
def test_a_junction_is_told_by_its_tag(monkeypatch: pytest.MonkeyPatch, tag: int, leads_to: str, is_one: bool) -> None:
    monkeypatch.setattr(junctions, "IS_WINDOWS", True)
    monkeypatch.setattr(os, "lstat", lambda path: type("Status", (), {"st_reparse_tag": tag})())
    monkeypatch.setattr(os, "readlink", lambda path: leads_to)
    assert junctions.is_junction("x") is is_one


@pytest.fixture
def junction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is to be taken for a junction, in a folder with a picture."""
    write(tmp_path / "source" / "a.jpg", "photo")
    write(tmp_path / "source" / "My Pictures" / "b.jpg", "elsewhere")
    for module in (scanning, folders):
        monkeypatch.setattr(module, "is_junction", lambda path: path.endswith("My Pictures"))
    return tmp_path / "source" / "My Pictures"


def test_the_walk_does_not_follow_it_and_tells_it(junction: Path) -> None:
    passed: list[tuple[str, Passed]] = []

    def pass_over(file: MediaFile, why: Passed) -> None:
        passed.append((file.path, why))

    assert [found.path for found in scan([str(junction.parent)], pass_over=pass_over)] == [str(junction.parent / "a.jpg")]
    assert passed == [(str(junction), Passed.LINK)]


def test_nothing_is_written_through_it(junction: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_BY_HANDLE", False)
    with open_root(str(junction.parent)) as folder, pytest.raises(NotADirectoryError):
        folder.open_child(junction.name)
