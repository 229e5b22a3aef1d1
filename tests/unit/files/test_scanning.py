"""The walk: what it finds, in which order, and what it never touches."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lib.files.scanning import Passed, scan
from lib.model import Failure, MediaFile


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(os.fsencode(Path(name).name))


def found(*roots: Path, keep_out: tuple[Path, ...] = (), own_folders: bool = False) -> list[str]:
    top = roots[0]
    seen = list(scan([os.fspath(root) for root in roots], keep_out=[os.fspath(f) for f in keep_out], own_folders=own_folders))
    assert all(isinstance(file, MediaFile) for file in seen), seen
    return [os.path.relpath(file.path, top) for file in seen if isinstance(file, MediaFile)]


def test_a_folders_files_come_by_name_and_then_its_subfolders(tmp_path: Path) -> None:
    put(tmp_path, "b/2.jpg", "b/1.jpg", "a/z.txt", "c.mov", "b/a/3.jpg")
    assert found(tmp_path) == ["c.mov", "a/z.txt", "b/1.jpg", "b/2.jpg", "b/a/3.jpg"]


def test_a_file_is_told_as_the_system_sees_it(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    (file,) = scan([os.fspath(tmp_path)])
    seen = (tmp_path / "a.jpg").stat()
    assert isinstance(file, MediaFile)
    assert (file.path, file.size) == (os.fspath(tmp_path / "a.jpg"), 5)
    assert (file.mtime_ns, file.ctime_ns, file.device, file.inode) == (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_dev, seen.st_ino)


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.jpg",
        "._a.jpg",
        ".thumbnails/a.jpg",
        ".Trash-1000/a.jpg",
        ".photo-toolkit/a.jpg",
        "@eaDir/a.jpg",
        "Thumbs.db",
        "desktop.ini",
        "$RECYCLE.BIN/a.jpg",
        "System Volume Information/a.jpg",
    ],
)
def test_hidden_files_and_litter_are_passed_over(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "keep.jpg", f"deep/{name}")
    assert found(tmp_path) == ["keep.jpg"]


def test_a_hidden_folder_is_walked_when_it_is_asked_for(tmp_path: Path) -> None:
    put(tmp_path / ".old", "a.jpg")
    assert found(tmp_path / ".old") == ["a.jpg"]


def test_what_the_toolkit_put_aside_is_passed_over_in_an_album_only(tmp_path: Path) -> None:
    put(
        tmp_path,
        "album/.photo-toolkit/journal",
        "album/2019/a.jpg",
        "album/superseded/b.jpg",
        "album/quarantine/c.jpg",
        "mine/quarantine/d.jpg",
    )
    assert found(tmp_path) == ["album/2019/a.jpg", "mine/quarantine/d.jpg"]
    assert found(tmp_path, own_folders=True) == [
        "album/2019/a.jpg",
        "album/quarantine/c.jpg",
        "album/superseded/b.jpg",
        "mine/quarantine/d.jpg",
    ]


@pytest.mark.skipif(os.name == "nt", reason="needs links, pipes and sockets")
def test_links_pipes_and_sockets_are_not_followed_and_cannot_hang_it(tmp_path: Path) -> None:
    put(tmp_path, "real/a.jpg")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.jpg").symlink_to(tmp_path / "real/a.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        before = os.getcwd()
        try:
            os.chdir(tmp_path)
            listener.bind("socket.jpg")
        finally:
            os.chdir(before)
        assert found(tmp_path) == ["real/a.jpg"]


def test_overlapping_roots_are_walked_once(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "a/b/2.jpg", "c/3.jpg")
    assert found(tmp_path, tmp_path / "a", tmp_path) == ["a/1.jpg", "a/b/2.jpg", "c/3.jpg"]
    assert sorted(found(tmp_path / "a" / "b", tmp_path)) == sorted(["2.jpg", "../1.jpg", "../../c/3.jpg"])


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_root_reached_by_a_link_is_the_same_folder(tmp_path: Path) -> None:
    put(tmp_path / "real", "1.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert found(tmp_path / "real", tmp_path / "link") == ["1.jpg"]
    assert found(tmp_path / "link") == ["1.jpg"]


def test_folders_to_keep_out_of_are_not_entered_whatever_they_are_called(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "album/2.jpg")
    assert found(tmp_path, keep_out=(tmp_path / "a" / ".." / "album", tmp_path / "not there")) == ["a/1.jpg"]


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    assert list(scan([os.fspath(tmp_path / "gone")])) == [
        Failure(os.fspath(tmp_path / "gone"), "the folder could not be read: no such file or directory")
    ]


@pytest.mark.skipif(
    os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="a folder that root cannot read is hard to make"
)
def test_a_locked_folder_is_a_failure_and_the_others_are_walked(tmp_path: Path) -> None:
    put(tmp_path, "locked/1.jpg", "open/2.jpg")
    (tmp_path / "locked").chmod(0)
    try:
        seen = list(scan([os.fspath(tmp_path)]))
    finally:
        (tmp_path / "locked").chmod(0o700)
    assert [type(file) for file in seen] == [Failure, MediaFile]


@pytest.mark.skipif(os.name == "nt" or os.uname().sysname == "Darwin", reason="names that are no UTF-8 are Linux's")
def test_names_that_are_no_utf8_survive(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\n.jpg")
    put(tmp_path, name)
    assert found(tmp_path) == [name]


def test_the_files_of_a_folder_share_its_name_in_memory(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "a/2.jpg")
    first, second = scan([os.fspath(tmp_path)])
    assert isinstance(first, MediaFile) and isinstance(second, MediaFile)
    assert first.folder is second.folder


def test_what_is_passed_over_is_told_file_by_file_with_the_reason(tmp_path: Path) -> None:
    put(
        tmp_path,
        "keep.jpg",
        ".hidden.jpg",
        ".old/deep/a.jpg",
        ".old/.b.jpg",
        "@eaDir/a.jpg/thumb.jpg",
        "Thumbs.db",
        "mine/quarantine/d.jpg",
        "album/.photo-toolkit/journal",
        "album/superseded/b.jpg",
        "album/quarantine/.c.jpg",
    )
    os.symlink("keep.jpg", tmp_path / "link.jpg")
    os.symlink("mine", tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe.jpg")
    passed: dict[str, str] = {}

    def pass_over(file: MediaFile, why: Passed) -> None:
        name = os.path.relpath(file.path, tmp_path)
        assert name not in passed
        passed[name] = why.name

    seen = [file.name for file in scan([os.fspath(tmp_path)], pass_over=pass_over) if isinstance(file, MediaFile)]

    assert seen == ["keep.jpg", "d.jpg"]
    assert passed == {
        ".hidden.jpg": "HIDDEN",
        ".old/deep/a.jpg": "HIDDEN",
        ".old/.b.jpg": "HIDDEN",
        "@eaDir/a.jpg/thumb.jpg": "SYSTEM",
        "Thumbs.db": "SYSTEM",
        "link.jpg": "LINK",
        "folder": "LINK",
        "pipe.jpg": "SPECIAL",
        "album/superseded/b.jpg": "SET_ASIDE",
        "album/quarantine/.c.jpg": "SET_ASIDE",
    }
