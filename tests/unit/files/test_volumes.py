"""Drives are told apart by what they are, not by where they are mounted."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lib.files import volumes
from lib.files.volumes import Volume, mounted, volume_of

LINES = {
    "ext4": "36 35 8:2 / /mnt/my\\040drive rw - ext4 /dev/sdb2 rw",
    "bind": "37 35 8:2 /photos /home/me/photos rw shared:1 - ext4 /dev/sdb2 rw",
    "exfat": "38 35 8:3 / /media/card rw - exfat /dev/sdc1 rw",
    "ntfs": "39 35 8:4 / /media/win rw - fuseblk /dev/sdd1 rw",
    "nas": "40 35 0:50 / /nas rw - nfs4 server:/export rw",
    "tmpfs": "41 35 0:51 / /tmp rw - tmpfs tmpfs rw",
    "torn": "42 35",
}
SERIALS = {"/dev/sdb2": "0b1c-uuid", "/dev/sdc1": "12AB-34CD", "/dev/sdd1": "01D2A3B4C5D6E7F8"}


@pytest.mark.skipif(os.name == "nt", reason="mounts as Linux tells them")
@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("ext4", Volume("uuid:0b1c-uuid", "/mnt/my drive")),
        ("bind", Volume("uuid:0b1c-uuid", "/home/me/photos", "/photos")),
        ("exfat", Volume("uuid:12AB-34CD", "/media/card", stable_inodes=False)),
        ("ntfs", Volume("uuid:01D2A3B4C5D6E7F8", "/media/win")),
        ("nas", Volume("nfs4:server:/export", "/nas")),
        ("tmpfs", Volume("tmpfs:/tmp", "/tmp")),
        ("torn", None),
    ],
)
def test_a_line_of_the_systems_list_becomes_a_volume(name: str, volume: Volume | None) -> None:
    found = volumes._volume_of(LINES[name], SERIALS)
    assert (found and replace(found, style="")) == volume


@pytest.mark.skipif(os.name == "nt", reason="mounts as Linux tells them")
@pytest.mark.parametrize(("name", "style"), [("ext4", "ext4"), ("nas", "nfs4"), ("tmpfs", "tmpfs")])
def test_the_kind_of_file_system_is_told(name: str, style: str) -> None:
    found = volumes._volume_of(LINES[name], SERIALS)
    assert found
    assert found.style == style


@pytest.mark.skipif(os.name == "nt", reason="paths as POSIX has them")
def test_a_place_on_a_volume_is_the_same_from_every_mount_point() -> None:
    whole, part = Volume("uuid:1", "/mnt/a"), Volume("uuid:1", "/home/me/photos", "/photos")
    assert whole.within("/mnt/a/photos/2019") == part.within("/home/me/photos/2019") == "/photos/2019"
    assert whole.within("/mnt/a") == "/"
    assert Volume("uuid:2", "/").within("/home") == "/home"


@pytest.mark.skipif(os.name == "nt", reason="paths as POSIX has them")
def test_a_folder_is_on_the_innermost_volume_and_names_that_only_begin_alike_are_others() -> None:
    some = [Volume("inner", "/mnt/a/b"), Volume("outer", "/mnt/a"), Volume("root", "/")]
    told = [volume_of(folder, some).key for folder in ("/mnt/a/b/c", "/mnt/a/bc", "/mnt/a", "/mnt/ab")]
    assert told == ["inner", "outer", "outer", "root"]


def test_without_a_list_of_mounts_the_mount_point_tells(tmp_path: Path) -> None:
    volume = volume_of(os.path.realpath(tmp_path), [])
    assert os.path.ismount(volume.mount_point)
    assert volume.within(os.path.realpath(tmp_path)).endswith(tmp_path.name)


@pytest.mark.skipif(sys.platform != "linux", reason="the system's list is read on Linux")
def test_the_systems_list_has_the_root_and_the_innermost_mounts_come_first() -> None:
    points = [volume.mount_point for volume in mounted()]
    assert "/" in points
    assert points == sorted(points, key=len, reverse=True)
